import { change, expectVersion, id, saveVersion, unchanged } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { allocations, command } from '../command.ts'
import { sum } from '../domain/amounts.ts'
import { allocated, assertValid } from '../domain/receivables.ts'
import type { AllocatePaymentInput, AllocatePaymentPayload } from '../generated/graphql.ts'
import { book, openItemsOf } from '../ledger/booking.ts'

/**
 * Settles open items from what is left of a payment: what is named, or the oldest ones of the customer.
 *
 * Refuses: PAYMENT_NOT_FOUND, PAYMENT_REVERSED, OPEN_ITEM_NOT_FOUND, ALLOCATION_EXCEEDS_OPEN,
 * ALLOCATION_EXCEEDS_PAYMENT, INVALID_INPUT.
 */
export const allocatePayment = command<AllocatePaymentInput, AllocatePaymentPayload>({
  name: 'allocatePayment',
  scope: 'billing:write',
  check: z.object({ paymentId: id, allocations }),

  async execute({ paymentId, expectedVersion, allocations: wanted }, context) {
    const { tx } = context
    const payment = await tx.payment.findUnique({ where: { id: paymentId } })
    if (!payment) throw notFound('Payment', paymentId)
    assertValid(payment)
    expectVersion(payment, expectedVersion)
    const { unallocatedCents, customerId } = payment
    const settles = allocated(unallocatedCents, await openItemsOf(context, customerId, wanted), wanted)
    if (settles.length === 0) return unchanged({ payment })

    const allocatedCents = payment.allocatedCents + sum(settles.map(({ amountCents }) => amountCents))
    const booked = await book(context, paymentId, settles)
    const saved = await saveVersion(tx.payment, payment, { allocatedCents })
    return {
      payload: { payment: saved },
      changes: [change('Payment', payment, saved), ...booked.changes],
      events: booked.events,
    }
  },
})
