import { divideHalfUp } from '../arithmetic.ts'
import type { Contract } from '../contract.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import { type Base, plainBase } from './shares.ts'

/** Whether an employment belongs to the transition zone (Übergangsbereich, § 20 Abs. 2 SGB IV) by its regular pay. */
export function isInTransitionZone(contract: Contract, law: SocialInsuranceLaw): boolean {
  if (contract.kind === 'miniJob' || contract.kind === 'apprentice') return false
  const yearCents = regularYearCents(contract)
  return yearCents > 12 * law.miniJobLimitCents && yearCents <= 12 * law.transitionLimitCents
}

/** A year of the regular pay: twelve months and the one-off payments that are certain to come. */
export function regularYearCents(contract: Contract): number {
  return 12 * contract.monthlyPayCents + (contract.expectedOneOffsYearCents ?? 0)
}

/**
 * The bases of a month's pay in the transition zone (§ 20 Abs. 2a SGB IV), where G is the mini-job limit and F the factor:
 *
 *   total     F·G + (2000 ÷ (2000 − G) − G ÷ (2000 − G) · F) · (AE − G)
 *   employee  2000 ÷ (2000 − G) · (AE − G)
 *
 * A month above the zone is taken as it is; in one up to G the total is F · AE and the employee bears nothing. For part
 * of a month AE is what a full month would bring, and the result is cut down to its days. Nothing is rounded before the
 * end, so the fractions are reckoned over one denominator.
 */
export function transitionBase(payCents: number, insuredDays: number, law: SocialInsuranceLaw): Base {
  const { transitionFactor: factor } = law
  if (payCents * 30 > law.transitionLimitCents * insuredDays) return plainBase(payCents)
  if (payCents * 30 <= law.miniJobLimitCents * insuredDays)
    return { totalCents: divideHalfUp(payCents * factor, FACTOR_UNIT), employeeCents: 0 }

  // Both limits are whole euros by law; in euros the products stay small.
  const limit = law.transitionLimitCents / 100
  const lower = law.miniJobLimitCents / 100
  const width = limit - lower
  const aboveLower = 30 * payCents - 100 * lower * insuredDays
  const atLower = factor * lower * width * 100 * insuredDays
  const total = atLower + (FACTOR_UNIT * limit - lower * factor) * aboveLower
  return {
    totalCents: divideHalfUp(total, FACTOR_UNIT * width * 30),
    employeeCents: divideHalfUp(limit * aboveLower, width * 30),
  }
}

/** The factor F has four decimals. */
const FACTOR_UNIT = 10_000
