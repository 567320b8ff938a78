import { InvoiceIssueRequested } from '@steinmetz/billing/events'
import { mail } from '../adapters/mail/commands.ts'
import { saga } from '../engine/saga.ts'
import { approvals, billing } from '../generated/commands.ts'

/**
 * Issues an invoice: checks that it can be issued as it was requested, waits for a second pair of eyes where its
 * amount is above the limit, gives it its number, mails it.
 *
 * Request and approval are bound to the invoice's content hash: a change of the invoice, its customer or its
 * seller makes the pivot refuse. Then, or when nobody approves, the invoice is a draft again and can be
 * requested anew; each request is a round of its own.
 */
export const issueInvoice = saga({
  name: 'issueInvoice',
  version: 2,
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
  .external('delivery', { command: ({ start }) => mail.deliverInvoice({ invoiceId: start.invoiceId }) })
  .retriable('record', {
    command: ({ start, delivery }) =>
      billing.recordDelivery({ invoiceId: start.invoiceId, messageId: delivery.messageId }),
  })
  .onRolledBack(({ start: { invoiceId, round }, reason }) =>
    billing.returnToDraft({ invoiceId, round, reason: reason.code }),
  )
