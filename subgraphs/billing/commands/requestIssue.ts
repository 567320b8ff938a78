import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command } from '../command.ts'
import { documentHash, requestIssue as request } from '../domain/invoice.ts'
import { InvoiceIssueRequested } from '../events.ts'
import type { RequestIssueInput, RequestIssuePayload } from '../generated/graphql.ts'
import { loadDocument } from '../ledger/document.ts'

/**
 * Asks for a draft to be issued; the process issueInvoice begins with it, bound to what stands there now.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT, INVOICE_BEING_ISSUED, SELLER_MISSING,
 * CUSTOMER_EMAIL_MISSING, VAT_ID_MISSING.
 */
export const requestIssue = command<RequestIssueInput, RequestIssuePayload>({
  name: 'requestIssue',
  scope: 'billing:write',
  check: z.object({ invoiceId: id }),

  async execute({ invoiceId, expectedVersion }, { tx, identity }) {
    const document = await loadDocument({ tx }, invoiceId)
    const { invoice } = document
    const requested = request(document, identity.person)
    expectVersion(invoice, expectedVersion)
    const saved = await saveVersion(tx.invoice, invoice, requested)
    return {
      payload: { invoice: saved },
      changes: [change('Invoice', invoice, saved)],
      events: [
        InvoiceIssueRequested({
          invoiceId,
          round: requested.issueRound,
          contentHash: documentHash(document),
          requestedBy: identity.person,
          lastEditedBy: invoice.lastEditedBy,
        }),
      ],
    }
  },
})
