import { id, line } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command, creditLines, series } from '../command.ts'
import { creditNote } from '../domain/correction.ts'
import type { CreditInvoiceInput, CreditInvoicePayload } from '../generated/graphql.ts'
import { correct, loadCorrected } from '../ledger/correction.ts'

/**
 * Credits part of an issued invoice (Rechnungskorrektur) by a document with a number of its own. The invoice
 * itself stays as it is; what was paid beyond the rest of it becomes the customer's credit.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_ISSUED, DOCUMENT_NOT_INVOICE, INVOICE_CANCELLED,
 * CREDIT_EXCEEDS_INVOICE, INVALID_INPUT.
 */
export const creditInvoice = command<CreditInvoiceInput, CreditInvoicePayload>({
  name: 'creditInvoice',
  scope: 'billing:write',
  check: z.object({ invoiceId: id, reason: line(200), series, lines: creditLines }),

  async execute({ invoiceId, expectedVersion, ...terms }, context) {
    const loaded = await loadCorrected(context, invoiceId)
    const correction = creditNote(loaded, terms)
    const { issued, changes, events } = await correct(context, loaded, { correction, expectedVersion })
    return { payload: { invoice: { id: invoiceId }, creditNote: issued }, changes, events }
  },
})
