import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { discard } from '../domain/invoice.ts'
import type { DiscardInvoiceInput, DiscardInvoicePayload } from '../generated/graphql.ts'

/**
 * Discards a draft; it is kept for the record. Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT,
 * INVOICE_BEING_ISSUED.
 */
export const discardInvoice = command<DiscardInvoiceInput, DiscardInvoicePayload>({
  name: 'discardInvoice',
  scope: 'billing:write',
  check: z.object({ invoiceId: id }),

  async execute({ invoiceId, expectedVersion }, { tx }) {
    const invoice = await tx.invoice.findUnique({ where: { id: invoiceId } })
    if (!invoice) throw notFound('Invoice', invoiceId)
    const discarded = discard(invoice)
    expectVersion(invoice, expectedVersion)
    const saved = await saveVersion(tx.invoice, invoice, discarded)
    return { payload: { invoice: saved }, changes: [change('Invoice', invoice, saved)] }
  },
})
