import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { refunded } from '../domain/receivables.ts'
import type { RefundPaymentInput, RefundPaymentPayload } from '../generated/graphql.ts'

/**
 * Records that what is left of a payment was paid back, all of it or part.
 *
 * Refuses: PAYMENT_NOT_FOUND, PAYMENT_REVERSED, REFUND_EXCEEDS_CREDIT, INVALID_INPUT.
 */
export const refundPayment = command<RefundPaymentInput, RefundPaymentPayload>({
  name: 'refundPayment',
  scope: 'billing:write',
  check: z.object({ paymentId: id }),

  async execute({ paymentId, expectedVersion, ...paidBack }, { tx, newId }) {
    const payment = await tx.payment.findUnique({ where: { id: paymentId } })
    if (!payment) throw notFound('Payment', paymentId)
    const less = refunded(payment, paidBack)
    expectVersion(payment, expectedVersion)
    const saved = await saveVersion(tx.payment, payment, less)
    const refund = await tx.refund.create({ data: { id: newId(), paymentId, ...paidBack } })
    return {
      payload: { payment: saved },
      changes: [change('Payment', payment, saved), change('Refund', null, refund)],
    }
  },
})
