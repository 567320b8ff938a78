import { divideUp } from '../arithmetic.ts'
import { reliefCohort } from '../parameters/reliefCohort.ts'
import type { PensionInput } from './input.ts'

/** What of a former employer's pension stays untaxed in a year (§ 19 Abs. 2 EStG). */
export type PensionRelief = {
  /** Versorgungsfreibetrag: FVB. */
  readonly allowanceCents: number
  /** Zuschlag zum Versorgungsfreibetrag: FVBZ. */
  readonly supplementEuros: number
}

export const NO_PENSION_RELIEF: PensionRelief = { allowanceCents: 0, supplementEuros: 0 }

/** How the year's pension came about. */
export type PensionYear = {
  /** Pension received in the year: ZVBEZJ. */
  readonly yearCents: number
  /** Months the maxima are granted for: ZMVB of a yearly calculation, else 12. */
  readonly months: number
}

/**
 * The relief for a year's pension without a death benefit. MRE4, as far as it sets FVB and FVBZ.
 */
export function pensionRelief(pension: PensionInput, { yearCents, months }: PensionYear): PensionRelief {
  if (yearCents === 0) return NO_PENSION_RELIEF
  const cohort = reliefCohort(pension.firstYear)
  const baseCents = assessmentBase(pension, months)
  const maximumCents = 100 * divideUp(cohort.pensionReliefMaxEuros * months, 12)
  const share = divideUp(baseCents * cohort.shareThousandths, 1_000)
  const allowanceCents = Math.min(share, maximumCents, yearCents)
  const supplementEuros = divideUp(cohort.pensionSupplementEuros * months, 12)
  return { allowanceCents, supplementEuros: atMost(supplementEuros, baseCents - allowanceCents) }
}

/**
 * The relief once a special payment has come, which may hold a death benefit or lump sum: that raises the base, yet
 * never the year's maxima. MRE4, as far as it sets FVBSO and FVBZSO.
 */
export function pensionReliefWithSpecial(pension: PensionInput, year: PensionYear): PensionRelief {
  if (year.yearCents === 0) return NO_PENSION_RELIEF
  const cohort = reliefCohort(pension.firstYear)
  const { deathBenefitCents } = pension
  const baseCents = assessmentBase(pension, year.months)
  const regular = pensionRelief(pension, year)
  const raised = regular.allowanceCents + divideUp(deathBenefitCents * cohort.shareThousandths, 1_000)
  const allowanceCents = Math.min(raised, 100 * cohort.pensionReliefMaxEuros)
  const fullSupplementEuros = divideUp(cohort.pensionSupplementEuros * year.months, 12)
  const supplementEuros = divideUp(100 * fullSupplementEuros + deathBenefitCents, 100)
  const capped = atMost(supplementEuros, baseCents + deathBenefitCents - allowanceCents)
  return { allowanceCents, supplementEuros: Math.min(capped, cohort.pensionSupplementEuros) }
}

/** First month's pension × months + the first year's special payments: VBEZB. */
function assessmentBase(pension: PensionInput, months: number): number {
  return pension.firstMonthCents * months + pension.firstYearSpecialsCents
}

/** The supplement, or what is left of the pension, rounded up to whole euros: HFVBZ, HFVBZSO. */
function atMost(supplementEuros: number, leftCents: number): number {
  return 100 * supplementEuros > leftCents ? divideUp(leftCents, 100) : supplementEuros
}

/** Altersentlastungsbetrag on a year's wage other than pensions, in whole euros rounded up (§ 24a EStG). MRE4ALTE. */
export function ageReliefEuros(otherWageCents: number, reliefYear: number): number {
  const cohort = reliefCohort(reliefYear)
  return Math.min(divideUp(otherWageCents * cohort.shareThousandths, 100_000), cohort.ageReliefMaxEuros)
}
