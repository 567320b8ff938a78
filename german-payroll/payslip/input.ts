import type { Contract } from '../contract.ts'
import type { Law } from '../parameters/law.ts'
import type { PreviousYear } from '../social-insurance/marchRule.ts'
import type { Earning } from './earning.ts'
import type { Payslip } from './result.ts'
import type { YearToDate } from './yearToDate.ts'

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
  /**
   * All payslips already made for this month and employment, in the order they were made: a first instalment, say. The
   * month is reckoned anew with all its pay, and this payslip settles the difference.
   */
  readonly earlierPayslips?: readonly Payslip[]
  /** Minutes worked, to compare the pay with the minimum wage. */
  readonly workedMinutes?: number
}
