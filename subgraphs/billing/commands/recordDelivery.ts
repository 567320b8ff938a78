import { change, id, line, unchanged } from '@steinmetz/kernel/command'
import { notFound, refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import type { RecordDeliveryInput, RecordDeliveryPayload } from '../generated/graphql.ts'

/**
 * Records that an issued document was mailed; the same mail once. Sent by sagas alone.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_ISSUED.
 */
export const recordDelivery = command<RecordDeliveryInput, RecordDeliveryPayload>({
  name: 'recordDelivery',
  scope: 'billing:deliver',
  check: z.object({ invoiceId: id, messageId: line(200) }),

  async execute({ invoiceId, messageId }, { tx, now, newId }) {
    const invoice = await tx.invoice.findUnique({ where: { id: invoiceId } })
    if (!invoice) throw notFound('Invoice', invoiceId)
    if (invoice.status !== 'ISSUED') throw refuse('INVOICE_NOT_ISSUED', `the invoice is ${invoice.status}`)
    if (await tx.delivery.findFirst({ where: { invoiceId, messageId } })) return unchanged({ invoiceId })
    const delivery = await tx.delivery.create({ data: { id: newId(), invoiceId, messageId, deliveredAt: now } })
    return { payload: { invoiceId }, changes: [change('Delivery', null, delivery)] }
  },
})
