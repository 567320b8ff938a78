import { divideDown } from '../arithmetic.ts'
import type { PayPeriod } from './input.ts'

/** A year has 12 months, 360/7 weeks and 360 days (§ 39b Abs. 2 Satz 2 EStG). */
const PERIODS_OF_A_YEAR: Readonly<Record<PayPeriod, readonly [number, number]>> = {
  year: [1, 1],
  month: [12, 1],
  week: [360, 7],
  day: [360, 1],
}

/** What an amount of the period comes to in a year, rounded down. MRE4JL. */
export function toYear(periodCents: number, period: PayPeriod): number {
  const [times, dividedBy] = PERIODS_OF_A_YEAR[period]
  return divideDown(periodCents * times, dividedBy)
}

/** The period's part of an amount of the year, rounded down. UPANTEIL. */
export function partOfYear(yearCents: number, period: PayPeriod): number {
  const [times, dividedBy] = PERIODS_OF_A_YEAR[period]
  return divideDown(yearCents * dividedBy, times)
}
