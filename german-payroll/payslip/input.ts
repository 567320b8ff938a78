import type { Contract } from '../contract.ts'
import type { Law } from '../parameters/law.ts'
import type { YearUse } from '../social-insurance/assessment.ts'
import type { PreviousYear } from '../social-insurance/marchRule.ts'

/** What a payslip is made of. */
export type PayslipInput = {
  readonly contract: Contract
  readonly month: PayMonth
  readonly law: Law
  /** The months of the calendar year before this one, as the payslip before returned them. */
  readonly yearToDate: YearToDate
  /** For the March rule, where the employment existed in the year before. */
  readonly previousYear?: PreviousYear
}

/** What was earned in a month. */
export type PayMonth = {
  /** As YYYY-MM. */
  readonly month: string
  readonly earnings: readonly Earning[]
  /** Minutes worked, to compare the pay with the minimum wage. */
  readonly workedMinutes?: number
}

/**
 * - `regular`: pay for the work of this month
 * - `oneOff`: pay for no single month, such as a thirteenth salary (§ 23a SGB IV, sonstiger Bezug)
 * - `exempt`: free of tax and contributions, such as refunded travel costs
 */
export type EarningKind = 'regular' | 'oneOff' | 'exempt'

export type Earning = { readonly name: string; readonly kind: EarningKind; readonly cents: number }

/** The year at this employer up to a month. */
export type YearToDate = {
  /** Taxable wage, one-off payments included. */
  readonly taxableCents: number
  /** Use of the health ceiling. Whoever changes between statutory and private insurance begins anew with zero. */
  readonly health: YearUse
  /** Use of the pension ceiling. */
  readonly pension: YearUse
}

/** Where a year at an employer begins. */
export const NO_EARLIER_MONTHS: YearToDate = {
  taxableCents: 0,
  health: { insuredDays: 0, baseCents: 0 },
  pension: { insuredDays: 0, baseCents: 0 },
}
