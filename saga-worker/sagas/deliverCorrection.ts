import { CorrectionIssued } from '@steinmetz/billing/events'
import { mail } from '../adapters/mail/commands.ts'
import { saga } from '../engine/saga.ts'
import { billing } from '../generated/commands.ts'

/** Mails what corrects an invoice, a Storno or a credit note: it counts for the customer once it has arrived. */
export const deliverCorrection = saga({
  name: 'deliverCorrection',
  version: 1,
  owner: 'billing',
  subject: 'Invoice',
  startOn: CorrectionIssued,
  correlateBy: ({ correctionId }) => correctionId, // it is issued once
  deadlineDays: 30,
})
  .pivot('delivery', { command: ({ start }) => mail.deliverInvoice({ invoiceId: start.correctionId }) })
  .retriable('record', {
    command: ({ start, delivery }) =>
      billing.recordDelivery({ invoiceId: start.correctionId, messageId: delivery.messageId }),
  })
