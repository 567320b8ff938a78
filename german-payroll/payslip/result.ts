import type { Contribution } from '../social-insurance/contributions.ts'
import type { PreviousYear } from '../social-insurance/marchRule.ts'
import type { Earning } from './earning.ts'
import type { PayslipLine } from './lines.ts'
import type { Notice } from './notices.ts'
import type { YearToDate } from './yearToDate.ts'

/** A month's payslip. All amounts are whole cents. */
export type Payslip = {
  /** As YYYY-MM. */
  readonly month: string
  /** Sozialversicherungstage of the month. */
  readonly insuredDays: number
  /** What it pays for. */
  readonly earnings: readonly Earning[]
  /** Every line, in the order of a payslip. */
  readonly lines: readonly PayslipLine[]
  readonly grossCents: number
  readonly deductionsCents: number
  /** Gross less deductions. */
  readonly netCents: number
  /** Net and the employer's subsidies: what is transferred. */
  readonly payoutCents: number
  /** Gross, the employer's contributions, levies and taxes, and its subsidies. */
  readonly employerCostCents: number
  /** What the fund is owed, by contribution; see `fundStatement`. */
  readonly contributions: readonly Contribution[]
  readonly notices: readonly Notice[]
  /** What the next month's payslip is given. */
  readonly yearToDate: YearToDate
  readonly previousYear: PreviousYear | undefined
}
