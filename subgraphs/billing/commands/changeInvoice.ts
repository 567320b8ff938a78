import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command, invoiceTerms } from '../command.ts'
import { assertChangeable, composed } from '../domain/invoice.ts'
import { InvoiceChanged } from '../events.ts'
import type { ChangeInvoiceInput, ChangeInvoicePayload } from '../generated/graphql.ts'
import { createLines, loadDocument } from '../ledger/document.ts'

/**
 * Replaces what a draft says. Whoever does is its last editor and cannot approve it; what was requested or
 * approved before is void.
 *
 * Refuses: INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT, INVALID_INPUT.
 */
export const changeInvoice = command<ChangeInvoiceInput, ChangeInvoicePayload>({
  name: 'changeInvoice',
  scope: 'billing:write',
  check: z.object({ invoiceId: id, ...invoiceTerms }),

  async execute({ invoiceId, expectedVersion, ...terms }, context) {
    const { tx, identity } = context
    const { invoice, customer } = await loadDocument(context, invoiceId)
    assertChangeable(invoice)
    expectVersion(invoice, expectedVersion)
    const drafted = composed(terms, customer)

    const lastEditedBy = identity.person
    const saved = await saveVersion(tx.invoice, invoice, { ...drafted.invoice, lastEditedBy })
    await tx.invoiceLine.deleteMany({ where: { invoiceId } })
    const lines = await createLines(context, invoiceId, drafted.lines)
    return {
      payload: { invoice: saved },
      changes: [
        change('Invoice', invoice, saved),
        ...invoice.lines.map((line) => change('InvoiceLine', line, null)),
        ...lines.map((line) => change('InvoiceLine', null, line)),
      ],
      events: invoice.status === 'ISSUING' ? [InvoiceChanged({ invoiceId, lastEditedBy })] : [],
    }
  },
})
