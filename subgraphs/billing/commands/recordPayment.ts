import { change, id, line } from '@steinmetz/kernel/command'
import { notFound, refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { allocations, command } from '../command.ts'
import { sum } from '../domain/amounts.ts'
import { isoDate } from '../domain/calendar.ts'
import { allocated, assertReceived } from '../domain/receivables.ts'
import { PaymentRecorded } from '../events.ts'
import type { RecordPaymentInput, RecordPaymentPayload } from '../generated/graphql.ts'
import { book, openItemsOf } from '../ledger/booking.ts'

/**
 * Records a payment that came in and what it settles: what is named, or the oldest open items of the
 * customer. What is left over stays with the payment, as the customer's credit.
 *
 * Refuses: CUSTOMER_NOT_FOUND, PAYMENT_ALREADY_RECORDED, OPEN_ITEM_NOT_FOUND, ALLOCATION_EXCEEDS_OPEN,
 * ALLOCATION_EXCEEDS_PAYMENT, INVALID_INPUT. Conflict STALE_VERSION: somebody else settled the same invoice.
 */
export const recordPayment = command<RecordPaymentInput, RecordPaymentPayload>({
  name: 'recordPayment',
  scope: 'billing:write',
  check: z.object({
    customerId: id,
    reference: line(500).nullish(),
    bankReference: line(100).nullish(),
    allocations,
  }),

  async execute({ customerId, allocations: wanted, ...received }, context) {
    const { tx, now, newId } = context
    const { amountCents, receivedOn, bankReference } = received
    assertReceived(received, now)
    if (!(await tx.customer.findUnique({ where: { id: customerId } }))) throw notFound('Customer', customerId)
    if (bankReference && (await tx.payment.findFirst({ where: { bankReference } })))
      throw refuse('PAYMENT_ALREADY_RECORDED', `the bank's transaction ${bankReference} was recorded before`)
    const settles = allocated(amountCents, await openItemsOf(context, customerId, wanted), wanted)

    const allocatedCents = sum(settles.map((one) => one.amountCents))
    const payment = await tx.payment.create({ data: { id: newId(), customerId, ...received, allocatedCents } })
    const paymentId = payment.id
    const booked = await book(context, paymentId, settles)
    return {
      payload: { payment },
      changes: [change('Payment', null, payment), ...booked.changes],
      events: [
        PaymentRecorded({ paymentId, customerId, amountCents: String(amountCents), receivedOn: isoDate(receivedOn) }),
        ...booked.events,
      ],
    }
  },
})
