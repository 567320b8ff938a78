import { divideHalfUp } from '../arithmetic.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'

/** How much of a year's ceiling is used in a branch: what § 23a Abs. 3 SGB IV compares. */
export type YearUse = {
  /** Insured days of the year up to here, at the same employer. */
  readonly insuredDays: number
  /** Pay on which contributions were owed in them. */
  readonly baseCents: number
}

/** What of a month's pay contributions are owed on. */
export type MonthBase = {
  readonly regularCents: number
  readonly oneOffCents: number
}

/** The ceilings of the two pairs of branches, for a year in cents. */
export function yearCeilingCents(branch: 'health' | 'pension', law: SocialInsuranceLaw): number {
  return branch === 'health' ? law.healthCeilingYearCents : law.pensionCeilingYearCents
}

/** The part of a year's ceiling that falls on some insured days, each a 360th of it. */
export function ceilingOfDays(yearCents: number, insuredDays: number): number {
  return divideHalfUp(yearCents * insuredDays, 360)
}

/**
 * The regular pay up to the ceiling of its days, and a one-off payment up to what the ceilings of all days of the year
 * so far have left unused (§ 23a Abs. 3 SGB IV).
 */
export function monthBase(
  pay: { regularCents: number; oneOffCents: number },
  month: { insuredDays: number; before: YearUse },
  yearCeiling: number,
): MonthBase {
  const regularCents = Math.min(pay.regularCents, ceilingOfDays(yearCeiling, month.insuredDays))
  const use = addToYear(month.before, month.insuredDays, regularCents)
  return { regularCents, oneOffCents: Math.min(pay.oneOffCents, unusedCents(use, yearCeiling)) }
}

/** What a year's days so far leave of their ceiling. */
export function unusedCents(use: YearUse, yearCeiling: number): number {
  return Math.max(0, ceilingOfDays(yearCeiling, use.insuredDays) - use.baseCents)
}

export function addToYear(use: YearUse, insuredDays: number, baseCents: number): YearUse {
  return { insuredDays: use.insuredDays + insuredDays, baseCents: use.baseCents + baseCents }
}
