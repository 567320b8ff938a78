import { percent, scaled } from '../arithmetic.ts'
import type { PayPeriod, TaxClass, WageTaxInput, WageTaxResult } from './input.ts'
import type { PlanCase } from './planFields.ts'

const PERIODS: Readonly<Record<number, PayPeriod>> = { 1: 'year', 2: 'month', 3: 'week', 4: 'day' }

/** The wage tax's input from a case in the plan's names. */
export function fromPlan(plan: PlanCase): WageTaxInput {
  return {
    period: PERIODS[plan.LZZ] ?? 'year',
    taxClass: plan.STKL as TaxClass,
    factorThousandths: plan.af === 1 ? scaled(plan.f, 1_000) : 1_000,
    childAllowanceTenths: scaled(plan.ZKF, 10),
    churchMember: plan.R > 0,
    wageCents: plan.RE4,
    allowanceCents: plan.LZZFREIB,
    additionCents: plan.LZZHINZU,
    yearAllowanceCents: plan.JFREIB,
    yearAdditionCents: plan.JHINZU,
    specialCents: plan.SONSTB,
    specialCompensationCents: plan.SONSTENT,
    untaxedShareCents: plan.MBV,
    yearWageCents: plan.JRE4,
    yearCompensationCents: plan.JRE4ENT,
    ageRelief: plan.ALTER1 === 1,
    ageReliefYear: plan.AJAHR,
    pension: {
      periodCents: plan.VBEZ,
      specialCents: plan.VBS,
      deathBenefitCents: plan.STERBE,
      yearCents: plan.JVBEZ,
      firstMonthCents: plan.VBEZM,
      firstYearSpecialsCents: plan.VBEZS,
      firstYear: plan.VJAHR,
      months: plan.ZMVB,
    },
    provision: {
      pensionInsured: plan.KRV === 0,
      unemploymentInsured: plan.ALV === 0,
      privatelyInsured: plan.PKV === 1,
      privatePremiumCents: plan.PKPV,
      privateSubsidyCents: plan.PKPVAGZ,
      additionalHealthRate: percent(plan.KVZ),
      saxony: plan.PVS === 1,
      childless: plan.PVZ === 1,
      childDiscounts: plan.PVA,
    },
  }
}

/** All outputs of the plan, those for treaties on double taxation included, under its names and in cents. */
export type PlanOutput = Readonly<Record<(typeof PLAN_OUTPUTS)[number], number>>

export const PLAN_OUTPUTS = [
  'BK',
  'BKS',
  'LSTLZZ',
  'SOLZLZZ',
  'SOLZS',
  'STS',
  'VFRB',
  'VFRBS1',
  'VFRBS2',
  'WVFRB',
  'WVFRBO',
  'WVFRBM',
] as const

/** The result of the wage tax under the plan's names. */
export function toPlan(result: WageTaxResult): PlanOutput {
  const { treaty } = result
  return {
    BK: result.churchBaseCents,
    BKS: result.specialChurchBaseCents,
    LSTLZZ: result.taxCents,
    SOLZLZZ: result.solidarityCents,
    SOLZS: result.specialSolidarityCents,
    STS: result.specialTaxCents,
    VFRB: treaty.regularAllowancesCents,
    VFRBS1: treaty.yearAllowancesCents,
    VFRBS2: treaty.specialAllowancesCents,
    WVFRB: treaty.regularExcessCents,
    WVFRBO: treaty.yearExcessCents,
    WVFRBM: treaty.specialExcessCents,
  }
}
