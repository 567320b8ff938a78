import { change, id } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command } from '../command.ts'
import { isoDate } from '../domain/calendar.ts'
import { approvedBy, assertIssuable, assertRequested, documentHash } from '../domain/invoice.ts'
import { issuerOf, recipientOf } from '../domain/parties.ts'
import { InvoiceIssued } from '../events.ts'
import type { IssueInvoiceInput, IssueInvoicePayload } from '../generated/graphql.ts'
import { issue, loadDocument } from '../ledger/document.ts'

/**
 * Issues a requested invoice: it gets the next number of its series and year, and never changes again. The
 * number is taken in this transaction, so that a refused or failed issue leaves no gap. Above the limit it
 * needs the approval of exactly what is issued. Sent by the saga issueInvoice alone.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_ISSUING, INVOICE_CHANGED_SINCE_REQUEST, SELLER_MISSING,
 * CUSTOMER_EMAIL_MISSING, VAT_ID_MISSING, APPROVAL_REQUIRED, APPROVAL_INVALID,
 * INVOICE_CHANGED_SINCE_APPROVAL.
 */
export const issueInvoice = command<IssueInvoiceInput, IssueInvoicePayload>({
  name: 'issueInvoice',
  scope: 'billing:issue',
  check: z.object({ invoiceId: id }),

  async execute({ invoiceId, attestation, ...requested }, context) {
    const { tx, verifyApproval } = context
    const document = await loadDocument(context, invoiceId)
    const { invoice, customer } = document
    assertRequested(document, requested)
    const seller = issuerOf(assertIssuable(document))
    const approval = attestation
      ? verifyApproval(attestation, { policy: 'invoice-above-limit', subjectId: invoiceId })
      : null
    const approvalRequestId = approvedBy(document, approval)

    const kept = { recipient: recipientOf(customer), seller, contentHash: documentHash(document), approvalRequestId }
    const saved = await issue(context, invoice, kept)
    const { number, issuedOn, dueOn, customerId, netCents, grossCents } = saved
    const openItem = await tx.openItem.create({ data: { id: invoiceId, customerId, dueOn, grossCents } })
    return {
      payload: { invoiceId, number },
      changes: [change('Invoice', invoice, saved, approval ? ['FOUR_EYES'] : []), change('OpenItem', null, openItem)],
      events: [
        InvoiceIssued({
          ...{ invoiceId, customerId, number, issuedOn: isoDate(issuedOn), dueOn: isoDate(dueOn) },
          ...{ netCents: String(netCents), grossCents: String(grossCents) },
        }),
      ],
    }
  },
})
