import { refuse } from '@steinmetz/kernel/errors'
import type { VatCategory } from '../generated/prisma/client.ts'

/** What a line's net amount is counted from: quantity in thousandths, price of one in millionths of a euro. */
export type Priced = { quantityThousandths: number; unitPriceMicros: bigint }

/** The sum of one VAT category (EN 16931, BG-23). */
export type VatSubtotal = { category: VatCategory; ratePercent: number; netCents: bigint; vatCents: bigint }

/** What a document comes to, in cents. */
export type Totals = { netCents: bigint; vatCents: bigint; grossCents: bigint; breakdown: VatSubtotal[] }

/** § 12 Abs. 1 to 3 UStG, as of 2021; who receives under reverse charge (§ 13b UStG) owes the tax himself. */
const ratePercent: Readonly<Record<VatCategory, number>> = { STANDARD: 19, REDUCED: 7, ZERO: 0, REVERSE_CHARGE: 0 }

/** Amounts stay far below what a bigint column and the scalar Cents can hold: ten trillion euros. */
const centsAtMost = 10n ** 15n

/**
 * A quotient as merchants round it: half a unit goes away from zero, so that the rounding of a negative
 * amount is the negative of the rounding.
 */
export function rounded(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n
  const [above, below] = [absolute(numerator), absolute(denominator)]
  const quotient = (2n * above + below) / (2n * below)
  return negative ? -quotient : quotient
}

/** Net amount of a line (BT-131): quantity times price, rounded once. */
export function lineNetCents({ quantityThousandths, unitPriceMicros }: Priced): bigint {
  // Thousandths times millionths of a euro; a cent is ten million of their products.
  return rounded(BigInt(quantityThousandths) * unitPriceMicros, 10_000_000n)
}

/**
 * What lines come to (EN 16931): net amounts are added up by category, the tax of a category is rounded once
 * on its sum (BR-CO-17), and the totals are sums of these (BR-CO-10, -14, -15). Refuses INVALID_INPUT when
 * that is more than anything costs.
 */
export function totalsOf(lines: readonly { netCents: bigint; vatCategory: VatCategory }[]): Totals {
  const used = Object.keys(ratePercent).filter((name) => lines.some(({ vatCategory }) => vatCategory === name))
  const breakdown = (used as VatCategory[]).map((category) => {
    const netCents = sum(lines.filter(({ vatCategory }) => vatCategory === category).map((line) => line.netCents))
    const rate = ratePercent[category]
    return { category, ratePercent: rate, netCents, vatCents: rounded(netCents * BigInt(rate), 100n) }
  })
  const netCents = sum(breakdown.map((part) => part.netCents))
  const vatCents = sum(breakdown.map((part) => part.vatCents))
  const grossCents = netCents + vatCents
  if ([...lines.map((line) => line.netCents), grossCents].some((cents) => absolute(cents) >= centsAtMost))
    throw refuse('INVALID_INPUT', 'lines: they come to more than 10,000,000,000,000 euros')
  return { netCents, vatCents, grossCents, breakdown }
}

/** A breakdown as it is stored: JSON has no whole numbers of this size. */
export function storedBreakdown(breakdown: readonly VatSubtotal[]) {
  return breakdown.map(({ category, ratePercent: rate, netCents, vatCents }) => ({
    ...{ category, ratePercent: rate },
    ...{ netCents: String(netCents), vatCents: String(vatCents) },
  }))
}

/** A breakdown out of its column, which `storedBreakdown` alone has written. */
export function readBreakdown(stored: unknown): VatSubtotal[] {
  return (stored as ReturnType<typeof storedBreakdown>).map((part) => ({
    ...part,
    netCents: BigInt(part.netCents),
    vatCents: BigInt(part.vatCents),
  }))
}

export const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n)

export const absolute = (amount: bigint) => (amount < 0n ? -amount : amount)

export const lesser = (one: bigint, other: bigint) => (one < other ? one : other)
