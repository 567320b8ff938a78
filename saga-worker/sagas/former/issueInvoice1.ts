import { InvoiceIssueRequested } from '@steinmetz/billing/events'
import { formerMail } from '../../adapters/mail/commands.ts'
import { saga } from '../../engine/saga.ts'
import { approvals, billing } from '../../generated/commands.ts'

/** Issues as version 2 does, but mails by a step like any other. For processes that began with it. */
export const issueInvoice1 = saga({
  name: 'issueInvoice',
  version: 1,
  owner: 'billing',
  subject: 'Invoice',
  startOn: InvoiceIssueRequested,
  correlateBy: ({ invoiceId, round }) => `${invoiceId}:${round}`,
  deadlineDays: 30,
})
  .check('validation', {
    command: ({ start: { invoiceId, round, contentHash } }) =>
      billing.validateInvoice({ invoiceId, round, contentHash }),
  })
  .approvalWhereDue('release', {
    due: ({ validation }) => validation.approvalDue,
    request: ({ start }) =>
      approvals.requestApproval({
        policy: 'invoice-above-limit',
        subjectType: 'Invoice',
        subjectId: start.invoiceId,
        contentHash: start.contentHash,
        requestedBy: start.requestedBy,
        lastEditedBy: start.lastEditedBy,
      }),
    withdraw: ({ start }) =>
      approvals.withdrawRequest({
        policy: 'invoice-above-limit',
        subjectType: 'Invoice',
        subjectId: start.invoiceId,
      }),
  })
  .pivot('issue', {
    command: ({ start: { invoiceId, round, contentHash }, release }) =>
      billing.issueInvoice({ invoiceId, round, contentHash, attestation: release?.attestation ?? null }),
  })
  .retriable('delivery', { command: ({ start }) => formerMail.deliverInvoice({ invoiceId: start.invoiceId }) })
  .retriable('record', {
    command: ({ start, delivery }) =>
      billing.recordDelivery({ invoiceId: start.invoiceId, messageId: delivery.messageId }),
  })
  .onRolledBack(({ start: { invoiceId, round }, reason }) =>
    billing.returnToDraft({ invoiceId, round, reason: reason.code }),
  )
