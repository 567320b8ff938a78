import type { Change } from '@steinmetz/kernel/audit'
import { change, expectVersion, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { isoDate } from '../domain/calendar.ts'
import type { Correction } from '../domain/correction.ts'
import { documentHash } from '../domain/invoice.ts'
import type { Issuer, Recipient } from '../domain/parties.ts'
import { credited, released } from '../domain/receivables.ts'
import { CorrectionIssued } from '../events.ts'
import type { Invoice, OpenItem } from '../generated/prisma/client.ts'
import { type Booked, enter, settled } from './booking.ts'
import { createLines, issue, type Transaction } from './document.ts'

/** An invoice with what corrects it, and what is open of it. Refuses INVOICE_NOT_FOUND. */
export async function loadCorrected({ tx }: Pick<Transaction, 'tx'>, invoiceId: string) {
  const found = await tx.invoice.findUnique({
    where: { id: invoiceId },
    include: { lines: true, customer: true, openItem: true, corrections: { include: { lines: true } } },
  })
  if (!found) throw notFound('Invoice', invoiceId)
  const { corrections, openItem, customer, ...invoice } = found
  return { invoice, corrections, openItem, customer }
}

type Loaded = Awaited<ReturnType<typeof loadCorrected>>

/**
 * Issues what corrects an invoice, under a number of its own, and takes it off what is open. Both parties
 * are named as the invoice names them. What was paid beyond the rest goes back to its payments.
 */
export async function correct(
  context: Transaction & { identity: { person: string } },
  { invoice, openItem, customer }: Loaded,
  { correction, expectedVersion }: { correction: Correction; expectedVersion: number },
): Promise<Booked & { issued: Invoice; changes: [Change, ...Change[]] }> {
  const { tx, now, newId, identity } = context
  if (!openItem) throw notFound('OpenItem', invoice.id)
  expectVersion(openItem, expectedVersion)
  const draft = await tx.invoice.create({
    data: { id: newId(), draftedAt: now, lastEditedBy: identity.person, ...correction.invoice },
  })
  const lines = await createLines(context, draft.id, correction.lines)
  const item = await saveVersion(tx.openItem, openItem, credited(openItem, -draft.grossCents))
  const releases = await release(context, openItem, openItem.paidCents - item.paidCents)

  const contentHash = documentHash({ invoice: { ...draft, lines }, customer, seller: await tx.seller.findFirst() })
  const parties = { recipient: invoice.recipient as Recipient, seller: invoice.seller as Issuer }
  const issued = await issue(context, draft, { ...parties, contentHash, approvalRequestId: null })
  return {
    issued,
    changes: [
      change('Invoice', null, issued),
      ...lines.map((line) => change('InvoiceLine', null, line)),
      change('OpenItem', openItem, item),
      ...releases,
    ],
    events: [
      CorrectionIssued({
        ...{ correctionId: issued.id, kind: correction.invoice.kind, invoiceId: invoice.id, number: issued.number },
        ...{
          issuedOn: isoDate(issued.issuedOn),
          netCents: String(draft.netCents),
          grossCents: String(draft.grossCents),
        },
      }),
      ...settled(openItem, item),
    ],
  }
}

/** Gives so much of what was paid on an invoice back to its payments, the last one first. */
async function release(context: Transaction, { id: invoiceId }: OpenItem, releasedCents: bigint): Promise<Change[]> {
  if (releasedCents === 0n) return []
  const entries = await context.tx.paymentAllocation.findMany({
    where: { invoiceId },
    include: { payment: true },
    orderBy: { booked: 'asc' },
  })
  const payments = new Map(entries.map(({ payment }) => [payment.id, payment]))
  const changes: Change[] = []
  const inOrder = released(releasedCents, entries).sort((one, other) => (one.paymentId < other.paymentId ? -1 : 1))
  for (const { paymentId, amountCents } of inOrder) {
    const payment = payments.get(paymentId)
    if (!payment) throw notFound('Payment', paymentId)
    const allocatedCents = payment.allocatedCents - amountCents
    const saved = await saveVersion(context.tx.payment, payment, { allocatedCents })
    const entry = await enter(context, { paymentId, invoiceId, amountCents: -amountCents })
    changes.push(change('Payment', payment, saved), entry)
  }
  return changes
}
