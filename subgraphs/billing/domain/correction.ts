import { refuse } from '@steinmetz/kernel/errors'
import type { Invoice, InvoiceLine, VatCategory } from '../generated/prisma/client.ts'
import { absolute, lineNetCents, storedBreakdown, sum, totalsOf } from './amounts.ts'

type WithLines = Invoice & { lines: readonly InvoiceLine[] }

/** An invoice with all that corrects it. */
export type Corrected = { invoice: WithLines; corrections: readonly WithLines[] }

/** A correction that is decided and has no number yet. */
export type Correction = ReturnType<typeof cancellation> | ReturnType<typeof creditNote>

type CorrectionTerms = { reason: string; series: string }

export type CreditTerms = { lineId: string; quantityThousandths: number; unitPriceMicros?: bigint | null }

/**
 * Decides a Storno: a document that takes back the whole invoice, line by line, to the cent. Refuses
 * INVOICE_CANCELLED, INVOICE_CREDITED, INVOICE_NOT_ISSUED, DOCUMENT_NOT_INVOICE.
 */
export function cancellation(corrected: Corrected, terms: CorrectionTerms) {
  const { invoice, corrections } = corrected
  assertCorrectable(corrected)
  if (corrections.length > 0)
    throw refuse('INVOICE_CREDITED', 'the invoice was credited in part: credit what is left of it')
  const lines = invoice.lines.map((line) => takenBack(line, line))
  return { invoice: { kind: 'CANCELLATION' as const, ...correcting(invoice, terms, lines) }, lines }
}

/**
 * Decides a credit note (Rechnungskorrektur) for part of an invoice: less of a line, or a lower price for it.
 * Refuses CREDIT_EXCEEDS_INVOICE when more would be credited of a line, or of a VAT category, than was
 * invoiced; INVOICE_CANCELLED, INVOICE_NOT_ISSUED, DOCUMENT_NOT_INVOICE, INVALID_INPUT.
 */
export function creditNote(corrected: Corrected, terms: CorrectionTerms & { lines: readonly CreditTerms[] }) {
  const { invoice, corrections } = corrected
  assertCorrectable(corrected)
  if (new Set(terms.lines.map(({ lineId }) => lineId)).size < terms.lines.length)
    throw refuse('INVALID_INPUT', 'lines: a line is named twice')
  const lines = terms.lines.map(({ lineId, quantityThousandths, unitPriceMicros }, at) => {
    const line = invoice.lines.find(({ id }) => id === lineId)
    if (!line) throw refuse('INVALID_INPUT', `lines.${at}.lineId: the invoice has no such line`)
    const credited = {
      // Whoever credits says how much; that a discount is a line below zero is no concern of theirs.
      quantityThousandths: line.quantityThousandths < 0 ? -quantityThousandths : quantityThousandths,
      unitPriceMicros: unitPriceMicros ?? line.unitPriceMicros,
    }
    return { ...takenBack(line, credited), position: at + 1 }
  })
  assertWithin(invoice.lines, [...corrections.flatMap((correction) => correction.lines), ...lines])
  const document = correcting(invoice, terms, lines)
  if (document.grossCents >= 0n) throw refuse('INVALID_INPUT', 'lines: nothing is credited by them')
  return { invoice: { kind: 'CREDIT_NOTE' as const, ...document }, lines }
}

function assertCorrectable({ invoice: { kind, status }, corrections }: Corrected): void {
  if (status !== 'ISSUED') throw refuse('INVOICE_NOT_ISSUED', `the invoice is ${status}: change or discard it instead`)
  if (kind !== 'INVOICE') throw refuse('DOCUMENT_NOT_INVOICE', `the document is a ${kind}: only invoices are corrected`)
  if (corrections.some((correction) => correction.kind === 'CANCELLATION'))
    throw refuse('INVOICE_CANCELLED', 'the invoice is cancelled: nothing of it is left')
}

function takenBack(line: InvoiceLine, credited: Pick<InvoiceLine, 'quantityThousandths' | 'unitPriceMicros'>) {
  const { description, unitCode, vatCategory, position, id } = line
  const priced = { quantityThousandths: -credited.quantityThousandths, unitPriceMicros: credited.unitPriceMicros }
  return { description, unitCode, vatCategory, position, correctsLineId: id, ...priced, netCents: lineNetCents(priced) }
}

function correcting(invoice: Invoice, { reason, series }: CorrectionTerms, lines: readonly Taken[]) {
  const { customerId, servedFrom, servedTo, buyerReference, zeroRateReason } = invoice
  const { breakdown, ...totals } = totalsOf(lines)
  return {
    ...{ customerId, servedFrom, servedTo, buyerReference, zeroRateReason, ...totals },
    ...{ series, paymentTermDays: 0, correctsId: invoice.id, correctionReason: reason },
    vatBreakdown: storedBreakdown(breakdown),
  }
}

type Taken = { netCents: bigint; vatCategory: VatCategory }

/** By lines, and by categories: where a discount stands beside a price, no more than what both came to. */
function assertWithin(
  invoiced: readonly InvoiceLine[],
  credited: readonly (Taken & { correctsLineId: string | null })[],
): void {
  for (const { id, netCents, position } of invoiced) {
    const back = credited.filter(({ correctsLineId }) => correctsLineId === id)
    assertNotBeyond(netCents, sum(back.map(net)), `line ${position}`)
  }
  for (const category of new Set(credited.map(({ vatCategory }) => vatCategory))) {
    const of = (lines: readonly Taken[]) => sum(lines.filter((line) => line.vatCategory === category).map(net))
    assertNotBeyond(of(invoiced), of(credited), category)
  }
}

function assertNotBeyond(invoicedCents: bigint, creditedCents: bigint, of: string): void {
  const sameSign = invoicedCents !== 0n && creditedCents !== 0n && invoicedCents < 0n === creditedCents < 0n
  if (sameSign || absolute(creditedCents) > absolute(invoicedCents))
    throw refuse('CREDIT_EXCEEDS_INVOICE', `${of}: more would be credited than was invoiced`)
}

const net = ({ netCents }: { netCents: bigint }) => netCents
