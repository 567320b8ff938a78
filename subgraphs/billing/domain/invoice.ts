import { contentHash } from '@steinmetz/kernel/attestation'
import { refuse } from '@steinmetz/kernel/errors'
import type { Customer, Invoice, InvoiceLine, Seller } from '../generated/prisma/client.ts'
import { absolute, lineNetCents, type Priced, storedBreakdown, totalsOf } from './amounts.ts'
import { isoDate } from './calendar.ts'

export type LineTerms = Priced & Pick<InvoiceLine, 'description' | 'unitCode' | 'vatCategory'>

type InvoiceTerms = Pick<Invoice, 'servedFrom' | 'servedTo' | 'series'> & {
  paymentTermDays?: number | null
  buyerReference?: string | null
  note?: string | null
  zeroRateReason?: string | null
  lines: readonly LineTerms[]
}

/** A draft as it would be issued: the invoice with its lines, to whom, and by whom. */
export type Document = {
  invoice: Invoice & { lines: readonly InvoiceLine[] }
  customer: Customer
  seller: Seller | null
}

/**
 * Above so much net, in cents, an invoice is issued with the approval of a second person: the parameter of
 * the approval policy `invoice-above-limit`, 10,000.00 euros.
 */
const approvalAboveCents = 1_000_000n

type Hashed = {
  invoice: Document['invoice']
  customer: Pick<Customer, 'id' | 'version'>
  seller: Pick<Seller, 'version'> | null
}

/** Before this day other rates of tax applied (§ 28 UStG). */
const ratesSince = new Date('2021-01-01')

/**
 * Decides what an invoice says from the terms that are given, and counts it. Refuses INVALID_INPUT: an end
 * before its start, a service before 2021, no reason for a rate of zero, a sum below zero.
 */
export function composed({ lines, ...terms }: InvoiceTerms, { paymentTermDays }: Pick<Customer, 'paymentTermDays'>) {
  const { servedFrom, servedTo, series, buyerReference = null, note = null, zeroRateReason = null } = terms
  if (servedTo < servedFrom) throw refuse('INVALID_INPUT', 'servedTo: it is before servedFrom')
  if (servedFrom < ratesSince)
    throw refuse('INVALID_INPUT', 'servedFrom: what was supplied before 2021 was taxed by other rates')
  const composedLines = lines.map((line, at) => ({ ...line, position: at + 1, netCents: lineNetCents(line) }))
  const { breakdown, ...totals } = totalsOf(composedLines)
  if (totals.grossCents < 0n)
    throw refuse('INVALID_INPUT', 'lines: they come to less than nothing; what is owed to a customer is credited')
  if (breakdown.some(({ category }) => category === 'ZERO') && !zeroRateReason)
    throw refuse('INVALID_INPUT', 'zeroRateReason: say why a line is not taxed (§ 14 Abs. 4 Nr. 8 UStG)')
  return {
    invoice: {
      ...{ servedFrom, servedTo, series, buyerReference, note, zeroRateReason, ...totals },
      paymentTermDays: terms.paymentTermDays ?? paymentTermDays,
      vatBreakdown: storedBreakdown(breakdown),
    },
    lines: composedLines,
  }
}

/**
 * SHA-256 over all that would be issued: what a request and an approval are bound to. Customer and seller
 * count by their versions, so that any change of an address or a bank account voids an approval, and no
 * personal field is hashed.
 */
export function documentHash({ invoice, customer, seller }: Hashed): string {
  const lines = [...invoice.lines].sort((one, other) => one.position - other.position)
  return contentHash({
    kind: invoice.kind,
    customer: { id: customer.id, version: customer.version },
    seller: seller?.version ?? 0,
    series: invoice.series,
    servedFrom: isoDate(invoice.servedFrom),
    servedTo: isoDate(invoice.servedTo),
    paymentTermDays: invoice.paymentTermDays,
    buyerReference: invoice.buyerReference,
    note: invoice.note,
    zeroRateReason: invoice.zeroRateReason,
    corrects: invoice.correctsId,
    correctionReason: invoice.correctionReason,
    grossCents: invoice.grossCents,
    lines: lines.map(({ description, unitCode, quantityThousandths, unitPriceMicros, vatCategory, netCents }) => {
      return { description, unitCode, quantityThousandths, unitPriceMicros, vatCategory, netCents }
    }),
  })
}

/** Decides a change or a request: what is issued never changes, and what was discarded is kept as it was. */
export function assertChangeable({ status }: Pick<Invoice, 'status'>): void {
  if (status !== 'DRAFT' && status !== 'ISSUING')
    throw refuse('INVOICE_NOT_DRAFT', `the invoice is ${status}, not DRAFT`)
}

/** Decides that a draft shall not become an invoice. One that is being issued cannot be discarded. */
export function discard({ status }: Pick<Invoice, 'status'>) {
  assertDraft(status)
  return { status: 'DISCARDED' as const }
}

/** Decides a request to issue: each is a round of its own. Refuses what `assertIssuable` refuses. */
export function requestIssue(document: Document, person: string) {
  const { status, issueRound } = document.invoice
  assertDraft(status)
  assertIssuable(document)
  return { status: 'ISSUING' as const, issueRound: issueRound + 1, requestedBy: person, returnedBecause: null }
}

/**
 * What must be there before a document can be issued: § 14 Abs. 4, § 14a Abs. 5 UStG, and where to send it.
 * Gives who issues it. Refuses SELLER_MISSING, CUSTOMER_EMAIL_MISSING, VAT_ID_MISSING.
 */
export function assertIssuable({ invoice, customer, seller }: Document): Seller {
  if (!seller) throw refuse('SELLER_MISSING', 'nobody is set who issues the invoices: set the seller first')
  if (!customer.email) throw refuse('CUSTOMER_EMAIL_MISSING', 'the customer has no e-mail address to send it to')
  const reverseCharge = invoice.lines.some(({ vatCategory }) => vatCategory === 'REVERSE_CHARGE')
  if (reverseCharge && !(customer.vatId && seller.vatId))
    throw refuse('VAT_ID_MISSING', 'reverse charge (§ 13b UStG) needs the VAT ids of the customer and of the seller')
  return seller
}

/** Whether a document of this amount needs an approval: beyond the limit, above zero or below. */
export function approvalDue({ netCents }: Pick<Invoice, 'netCents'>): boolean {
  return absolute(netCents) > approvalAboveCents
}

/** Whether a round of issuing is under way, and about what stands there now. */
export function assertRequested(document: Document, requested: { round: number; contentHash: string }): void {
  const { status, issueRound } = document.invoice
  if (status !== 'ISSUING' || issueRound !== requested.round)
    throw refuse('INVOICE_NOT_ISSUING', `the invoice is ${status}: nobody asks in round ${requested.round} to issue it`)
  if (documentHash(document) !== requested.contentHash)
    throw refuse('INVOICE_CHANGED_SINCE_REQUEST', 'the invoice, its customer or its seller is not as it was requested')
}

/** Decides whether what was requested has the approval it needs; gives the request's id where there was one. */
export function approvedBy(
  document: Document,
  approval: { contentHash: string; requestId: string } | null,
): string | null {
  if (!approval && approvalDue(document.invoice))
    throw refuse('APPROVAL_REQUIRED', 'an invoice of this amount needs the approval of a second person')
  if (approval && approval.contentHash !== documentHash(document))
    throw refuse('INVOICE_CHANGED_SINCE_APPROVAL', 'the invoice is not the one that was approved')
  return approval?.requestId ?? null
}

/** Gives a draft back whose issuing came to nothing. Null when that round is over already. */
export function returned({ status, issueRound }: Invoice, { round, reason }: { round: number; reason: string }) {
  if (status !== 'ISSUING' || issueRound !== round) return null
  return { status: 'DRAFT' as const, returnedBecause: reason }
}

function assertDraft(status: Invoice['status']): void {
  if (status === 'ISSUING') throw refuse('INVOICE_BEING_ISSUED', 'somebody has asked already to issue the invoice')
  if (status !== 'DRAFT') throw refuse('INVOICE_NOT_DRAFT', `the invoice is ${status}, not DRAFT`)
}
