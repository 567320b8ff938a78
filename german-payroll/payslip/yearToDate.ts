import type { YearUse } from '../social-insurance/assessment.ts'

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
