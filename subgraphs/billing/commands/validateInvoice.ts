import { id, unchanged } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command } from '../command.ts'
import { approvalDue, assertIssuable, assertRequested } from '../domain/invoice.ts'
import type { ValidateInvoiceInput, ValidateInvoicePayload } from '../generated/graphql.ts'
import { loadDocument } from '../ledger/document.ts'

/**
 * Checks that a requested invoice can be issued as it was requested, before anybody is bothered with it, and
 * tells whether an approval is due. Changes nothing. Sent by the saga issueInvoice alone.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_ISSUING, INVOICE_CHANGED_SINCE_REQUEST, SELLER_MISSING,
 * CUSTOMER_EMAIL_MISSING, VAT_ID_MISSING.
 */
export const validateInvoice = command<ValidateInvoiceInput, ValidateInvoicePayload>({
  name: 'validateInvoice',
  scope: 'billing:issue',
  check: z.object({ invoiceId: id }),

  async execute({ invoiceId, ...requested }, { tx }) {
    const document = await loadDocument({ tx }, invoiceId)
    assertRequested(document, requested)
    assertIssuable(document)
    return unchanged({ invoiceId, approvalDue: approvalDue(document.invoice) })
  },
})
