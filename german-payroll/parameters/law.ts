import { divideHalfUp, divideUp } from '../arithmetic.ts'
import { type Figure, type Values, valuesOf } from './figures.ts'
import { socialInsurance2025, socialInsurance2026 } from './socialInsurance.ts'
import { wageTax2026 } from './wageTax2026.ts'

type SocialInsuranceFigures = Readonly<Record<keyof typeof socialInsurance2026, Figure>>

/** The figures of a year's social insurance, and what the law derives from them. */
export type SocialInsuranceLaw = Values<SocialInsuranceFigures> & {
  readonly year: number
  readonly pensionCeilingMonthCents: number
  readonly healthCeilingMonthCents: number
  /** Up to here work is a mini-job (Geringfügigkeitsgrenze): ten hours a week at the minimum wage. */
  readonly miniJobLimitCents: number
  /** The factor F of the transition zone, in ten-thousandths. */
  readonly transitionFactor: number
}

export type WageTaxLaw = Values<typeof wageTax2026>

/** Everything a payslip of a year needs of the law. */
export type Law = SocialInsuranceLaw & WageTaxLaw

/**
 * A year's social insurance from its table.
 *
 * The mini-job limit is the minimum wage × 130 ÷ 3 rounded up to whole euros (§ 8 Abs. 1a SGB IV). The factor F is
 * 28 % divided by the sum of the average rates, rounded to four decimals (§ 20 Abs. 2a SGB IV).
 */
export function socialInsuranceLaw(year: number, table: SocialInsuranceFigures): SocialInsuranceLaw {
  const figures = valuesOf(table)
  const totalRate =
    figures.healthRate +
    figures.averageAdditionalRate +
    figures.careRate +
    figures.pensionRate +
    figures.unemploymentRate
  return {
    ...figures,
    year,
    pensionCeilingMonthCents: figures.pensionCeilingYearCents / 12,
    healthCeilingMonthCents: figures.healthCeilingYearCents / 12,
    miniJobLimitCents: 100 * divideUp(figures.minimumWageCents * 130, 300),
    transitionFactor: divideHalfUp(figures.transitionNumeratorRate * 10_000, totalRate),
  }
}

/** The law of 2026. */
export const law2026: Law = { ...socialInsuranceLaw(2026, socialInsurance2026), ...valuesOf(wageTax2026) }

/** Social insurance of 2025, for one-off payments the March rule takes back there. */
export const socialInsurance2025Law: SocialInsuranceLaw = socialInsuranceLaw(2025, socialInsurance2025)
