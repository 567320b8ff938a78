import type { Sold } from '../acts/invoicing.ts'
import type { Books, Document } from './books.ts'
import type { Check } from './checks.ts'

/** Holds the books against what was sold, and against the law: numbers without gaps, totals that add up. */
export function bookChecksOf(books: Books, roleOf: (person: string) => string): Check[] {
  const { sold, documents } = books
  const each = (expectation: string, check: (one: Sold) => string[]): Check => ({
    expectation,
    found: sold.flatMap((one) => check(one).map((found) => `${one.sale.name}: ${found}`)),
  })
  return [
    { expectation: 'invoice numbers have no gap, in any series and year', found: gaps(books) },
    each('totals add up, by line and by rate of tax', ({ invoiceId }) => totalsRight(find(documents, invoiceId))),
    each('an invoice above the limit was released by a second person, no other one', (one) =>
      releasedRightly(one, books, roleOf),
    ),
    each('a cancelled invoice stays, and a Storno takes it back to the cent', (one) => cancelledRightly(one, books)),
    each('what is open is what was neither paid nor taken back', (one) => openRightly(one, books)),
    each('every document was mailed once', ({ invoiceId, cancellationId }) =>
      [invoiceId, cancellationId].flatMap((id) => (id ? mailedOnce(find(documents, id)) : [])),
    ),
  ]
}

function gaps({ documents, numberRanges }: Books): string[] {
  return numberRanges.flatMap(({ series, year, lastSequence }) => {
    const begin = `${series}-${year}-`
    const numbers = documents.map(({ number }) => number ?? '').filter((number) => number.startsWith(begin))
    const sequences = numbers.map((number) => Number(number.slice(begin.length))).sort((a, b) => a - b)
    const expected = Array.from({ length: lastSequence }, (_, at) => at + 1)
    return sequences.join() === expected.join()
      ? []
      : [`${begin}: ${sequences.join(', ')} instead of 1 to ${lastSequence}`]
  })
}

function totalsRight(document: Document | undefined): string[] {
  if (!document) return ['there is no such invoice']
  const { lines, vatBreakdown, netCents, vatCents, grossCents } = document
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0)
  const rates = vatBreakdown.map(({ ratePercent, netCents: of }) => Math.round((of * ratePercent) / 100))
  const right =
    netCents === sum(lines.map((line) => line.netCents)) &&
    vatBreakdown.every((part, at) => part.vatCents === rates[at]) &&
    vatCents === sum(rates) &&
    grossCents === netCents + vatCents
  return right ? [] : [`${netCents} + ${vatCents} = ${grossCents} cents is not what its lines come to`]
}

function releasedRightly({ invoiceId }: Sold, { documents, releases }: Books, roleOf: (person: string) => string) {
  const due = find(documents, invoiceId)?.approvalDue
  const decided = (releases.get(invoiceId) ?? []).map(
    ({ status, requestedBy, decision }) =>
      `${status} for the ${roleOf(requestedBy)} by the ${roleOf(decision?.decidedBy ?? '')}`,
  )
  const expected = due ? ['APPROVED for the clerk by the approver'] : []
  return decided.join() === expected.join() ? [] : [`released: ${decided.join(', ') || 'by nobody'}`]
}

function cancelledRightly({ invoiceId, cancellationId }: Sold, { documents }: Books): string[] {
  const invoice = find(documents, invoiceId)
  const corrections = documents.filter(({ corrects }) => corrects?.id === invoiceId)
  if (!cancellationId) return corrections.length === 0 ? [] : ['was taken back although nobody cancelled it']
  const [storno, ...more] = corrections
  if (!invoice || !storno || more.length > 0) return [`is taken back by ${corrections.length} documents`]
  const amounts = ({ netCents, vatCents, grossCents }: Document) => [netCents, vatCents, grossCents]
  const zero = amounts(invoice).every((amount, at) => amount + (amounts(storno)[at] ?? 0) === 0)
  return zero && storno.id === cancellationId ? [] : ['the Storno does not take back what was invoiced']
}

function openRightly({ invoiceId, cancellationId, paidCents = 0 }: Sold, { documents, openItems }: Books): string[] {
  const gross = find(documents, invoiceId)?.grossCents ?? 0
  const expected = cancellationId ? 0 : gross - paidCents
  const open = openItems.find(({ id }) => id === invoiceId)?.openCents ?? 0
  return open === expected ? [] : [`${open} cents are open, ${expected} expected`]
}

function mailedOnce(document: Document | undefined): string[] {
  const times = document?.deliveries.length ?? 0
  return times === 1 ? [] : [`${document?.number} was mailed ${times} times`]
}

function find(documents: Books['documents'], id: string): Document | undefined {
  return documents.find((one) => one.id === id)
}
