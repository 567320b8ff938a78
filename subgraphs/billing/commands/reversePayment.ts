import { change, expectVersion, id, line, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { reversed, settledBy } from '../domain/receivables.ts'
import { PaymentReversed } from '../events.ts'
import type { ReversePaymentInput, ReversePaymentPayload } from '../generated/graphql.ts'
import { book } from '../ledger/booking.ts'

/**
 * Reverses a payment that was recorded wrongly or charged back (Rücklastschrift): what it settled is open again.
 *
 * Refuses: PAYMENT_NOT_FOUND, PAYMENT_REVERSED, PAYMENT_REFUNDED.
 */
export const reversePayment = command<ReversePaymentInput, ReversePaymentPayload>({
  name: 'reversePayment',
  scope: 'billing:write',
  check: z.object({ paymentId: id, reason: line(200) }),

  async execute({ paymentId, expectedVersion, reason }, context) {
    const { tx, now } = context
    const found = await tx.payment.findUnique({
      where: { id: paymentId },
      include: { allocations: { include: { openItem: true }, orderBy: { booked: 'asc' } } },
    })
    if (!found) throw notFound('Payment', paymentId)
    const { allocations, ...payment } = found
    const undone = reversed(payment, { reason, at: now })
    expectVersion(payment, expectedVersion)
    const released = settledBy(allocations).map((one) => ({ ...one, amountCents: -one.amountCents }))
    const booked = await book(context, paymentId, released)
    const saved = await saveVersion(tx.payment, payment, undone)
    return {
      payload: { payment: saved },
      changes: [change('Payment', payment, saved), ...booked.changes],
      events: [PaymentReversed({ paymentId, customerId: payment.customerId }), ...booked.events],
    }
  },
})
