import type { Rate } from '../arithmetic.ts'
import { type MonthIndex, monthOfYear } from '../calendar.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import { addToYear, ceilingOfDays, type MonthBase, type YearUse, yearCeilingCents } from './assessment.ts'
import type { Coverage } from './coverage.ts'

/** What is known of the year before, at the same employer. */
export type PreviousYear = {
  readonly law: SocialInsuranceLaw
  /** The fund's additional rate in the last month of that year. */
  readonly additionalRate: Rate
  readonly health: YearUse
  readonly pension: YearUse
}

/**
 * Whether a one-off payment belongs to the last pay period of the year before (Märzklausel, § 23a Abs. 4 SGB IV): it is
 * paid by the end of March, the employment existed in that year, and together with the pay of this year it exceeds the
 * ceilings of this year's days so far. The ceiling of health insurance decides for whoever is compulsorily insured
 * there, that of pension insurance for all others. Then the whole payment belongs there. A mini-job's never does: it is
 * above no ceiling by its kind.
 */
export function belongsToPreviousYear(
  oneOffCents: number,
  month: { index: MonthIndex; insuredDays: number; coverage: Coverage },
  use: { readonly [branch in 'health' | 'pension']: { before: YearUse; base: MonthBase } },
  law: SocialInsuranceLaw,
): boolean {
  if (oneOffCents === 0 || month.coverage.isMiniJob || monthOfYear(month.index) > 3) return false
  const isCompulsory = month.coverage.health === 'general' || month.coverage.health === 'reduced'
  const branch = isCompulsory ? 'health' : 'pension'
  const { before, base } = use[branch]
  const year = addToYear(before, month.insuredDays, base.regularCents)
  return year.baseCents + oneOffCents > ceilingOfDays(yearCeilingCents(branch, law), year.insuredDays)
}
