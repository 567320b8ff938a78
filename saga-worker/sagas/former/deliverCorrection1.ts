import { CorrectionIssued } from '@steinmetz/billing/events'
import { formerMail } from '../../adapters/mail/commands.ts'
import { saga } from '../../engine/saga.ts'
import { billing } from '../../generated/commands.ts'

/** Delivers as version 2 does, but mails by a pivot like any other. For processes that began with it. */
export const deliverCorrection1 = saga({
  name: 'deliverCorrection',
  version: 1,
  owner: 'billing',
  subject: 'Invoice',
  startOn: CorrectionIssued,
  correlateBy: ({ correctionId }) => correctionId, // it is issued once
  deadlineDays: 30,
})
  .pivot('delivery', { command: ({ start }) => formerMail.deliverInvoice({ invoiceId: start.correctionId }) })
  .retriable('record', {
    command: ({ start, delivery }) =>
      billing.recordDelivery({ invoiceId: start.correctionId, messageId: delivery.messageId }),
  })
