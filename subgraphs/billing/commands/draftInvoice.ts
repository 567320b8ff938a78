import { change, id } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, invoiceTerms } from '../command.ts'
import { composed } from '../domain/invoice.ts'
import type { DraftInvoiceInput, DraftInvoicePayload } from '../generated/graphql.ts'
import { createLines } from '../ledger/document.ts'

/** Drafts an invoice and counts it. Refuses: CUSTOMER_NOT_FOUND, INVALID_INPUT. */
export const draftInvoice = command<DraftInvoiceInput, DraftInvoicePayload>({
  name: 'draftInvoice',
  scope: 'billing:write',
  check: z.object({ customerId: id, ...invoiceTerms }),

  async execute({ customerId, ...terms }, context) {
    const { tx, now, newId, identity } = context
    const customer = await tx.customer.findUnique({ where: { id: customerId } })
    if (!customer) throw notFound('Customer', customerId)
    const drafted = composed(terms, customer)

    const invoice = await tx.invoice.create({
      data: {
        ...{ id: newId(), kind: 'INVOICE', customerId, draftedAt: now, lastEditedBy: identity.person },
        ...drafted.invoice,
      },
    })
    const lines = await createLines(context, invoice.id, drafted.lines)
    return {
      payload: { invoice },
      changes: [change('Invoice', null, invoice), ...lines.map((line) => change('InvoiceLine', null, line))],
    }
  },
})
