import { CorrectionIssued } from '@steinmetz/billing/events'
import { mail } from '../adapters/mail/commands.ts'
import { saga } from '../engine/saga.ts'
import { billing } from '../generated/commands.ts'

/**
 * Mails what corrects an invoice, a Storno or a credit note: it counts for the customer once it has arrived. A mail
 * that may have gone out cannot be called back, so it is the pivot.
 */
export const deliverCorrection = saga({
  name: 'deliverCorrection',
  version: 2,
  owner: 'billing',
  subject: 'Invoice',
  startOn: CorrectionIssued,
  correlateBy: ({ correctionId }) => correctionId, // it is issued once
  deadlineDays: 30,
})
  .externalPivot('delivery', { command: ({ start }) => mail.deliverInvoice({ invoiceId: start.correctionId }) })
  .retriable('record', {
    command: ({ start, delivery }) =>
      billing.recordDelivery({ invoiceId: start.correctionId, messageId: delivery.messageId }),
  })
