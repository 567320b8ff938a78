import { change, id, saveVersion, unchanged } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { returned } from '../domain/invoice.ts'
import { InvoiceReturned } from '../events.ts'
import type { ReturnToDraftInput, ReturnToDraftPayload } from '../generated/graphql.ts'

/**
 * Makes an invoice whose issuing came to nothing a draft again, and keeps the code of the reason; a round
 * that is over already changes nothing. Sent by the saga issueInvoice alone, when it has been rolled back.
 *
 * Refuses: INVOICE_NOT_FOUND.
 */
export const returnToDraft = command<ReturnToDraftInput, ReturnToDraftPayload>({
  name: 'returnToDraft',
  scope: 'billing:issue',
  check: z.object({ invoiceId: id, reason: z.string().regex(/^[A-Z_]{1,64}$/, 'give a code') }),

  async execute({ invoiceId, ...why }, { tx }) {
    const invoice = await tx.invoice.findUnique({ where: { id: invoiceId } })
    if (!invoice) throw notFound('Invoice', invoiceId)
    const draft = returned(invoice, why)
    if (!draft) return unchanged({ invoiceId })
    const saved = await saveVersion(tx.invoice, invoice, draft)
    return {
      payload: { invoiceId },
      changes: [change('Invoice', invoice, saved)],
      events: [InvoiceReturned({ invoiceId, ...why })],
    }
  },
})
