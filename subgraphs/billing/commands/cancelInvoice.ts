import { id, line } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command, series } from '../command.ts'
import { cancellation } from '../domain/correction.ts'
import type { CancelInvoiceInput, CancelInvoicePayload } from '../generated/graphql.ts'
import { correct, loadCorrected } from '../ledger/correction.ts'

/**
 * Cancels an issued invoice (Storno): a document with a number of its own takes all of it back. The invoice
 * itself stays as it is; what was paid on it becomes the customer's credit.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_ISSUED, DOCUMENT_NOT_INVOICE, INVOICE_CANCELLED, INVOICE_CREDITED.
 */
export const cancelInvoice = command<CancelInvoiceInput, CancelInvoicePayload>({
  name: 'cancelInvoice',
  scope: 'billing:write',
  check: z.object({ invoiceId: id, reason: line(200), series }),

  async execute({ invoiceId, expectedVersion, ...terms }, context) {
    const loaded = await loadCorrected(context, invoiceId)
    const correction = cancellation(loaded, terms)
    const { issued, changes, events } = await correct(context, loaded, { correction, expectedVersion })
    return { payload: { invoice: { id: invoiceId }, cancellation: issued }, changes, events }
  },
})
