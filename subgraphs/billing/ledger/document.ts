import { type CommandContext, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import type { Document, LineTerms } from '../domain/invoice.ts'
import { type Issue, issued, rangeOf } from '../domain/issuing.ts'
import type { Invoice, PrismaClient } from '../generated/prisma/client.ts'

/** What is shared by commands is saved in the transaction of the command that asks for it. */
export type Transaction = Pick<CommandContext<PrismaClient>, 'tx' | 'now' | 'newId'>

/** A document with all that is issued along with it. Refuses INVOICE_NOT_FOUND. */
export async function loadDocument({ tx }: Pick<Transaction, 'tx'>, invoiceId: string): Promise<Document> {
  const found = await tx.invoice.findUnique({ where: { id: invoiceId }, include: { lines: true, customer: true } })
  if (!found) throw notFound('Invoice', invoiceId)
  const { customer, ...invoice } = found
  return { invoice, customer, seller: await tx.seller.findFirst() }
}

type Line = LineTerms & { position: number; netCents: bigint; correctsLineId?: string }

/** Saves the lines of a draft. */
export function createLines({ tx, newId }: Transaction, invoiceId: string, lines: readonly Line[]) {
  const data = lines.map((line) => ({ id: newId(), invoiceId, ...line }))
  return tx.invoiceLine.createManyAndReturn({ data })
}

/**
 * Gives a draft its number and makes it what never changes any more. From here to the commit the range is
 * locked, so this comes late: whoever waits for a number waits for one commit, and a roll-back gives it back.
 */
export async function issue({ tx, now }: Transaction, draft: Invoice, kept: Omit<Issue, 'sequence' | 'at'>) {
  const range = { tenantId: draft.tenantId, ...rangeOf(draft, now) }
  const { lastSequence } = await tx.numberRange.upsert({
    where: { tenantId_series_year: range },
    create: { ...range, lastSequence: 1 },
    update: { lastSequence: { increment: 1 } },
  })
  const columns = issued(draft, { ...kept, sequence: lastSequence, at: now })
  const saved = await saveVersion(tx.invoice, draft, columns)
  return { ...saved, number: columns.number, issuedOn: columns.issuedOn, dueOn: columns.dueOn }
}
