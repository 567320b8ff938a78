import { divideHalfUp, RATE_UNIT, type Rate } from '../arithmetic.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import type { CareTerms } from './coverage.ts'

/** What a contribution is taken from. The two differ in the transition zone alone. */
export type Base = {
  readonly totalCents: number
  /** What the employee's share is taken from (§ 20 Abs. 2a Satz 6 SGB IV). */
  readonly employeeCents: number
}

/** A contribution and who bears what of it. */
export type Shares = {
  readonly employeeCents: number
  readonly employerCents: number
  /** What the fund is owed; always the sum of both. */
  readonly totalCents: number
}

/** The base outside the transition zone. */
export function plainBase(cents: number): Base {
  return { totalCents: cents, employeeCents: cents }
}

/** A rate of a base in cents: reckoned without rounding in between, a half cent upwards (§ 1 Abs. 2 BVV). */
export function contributionCents(baseCents: number, rate: Rate): number {
  return divideHalfUp(baseCents * rate, RATE_UNIT)
}

/**
 * A contribution borne half each: half the rate, rounded, twice (§ 2 Abs. 1 Satz 1 BVV). In the transition zone the
 * employee bears half the rate of the smaller base and the employer the rest (§ 2 Abs. 2 BVV).
 */
export function halves(base: Base, rate: Rate): Shares {
  const halfCents = contributionCents(base.totalCents, rate / 2)
  const employeeCents = isPlain(base) ? halfCents : contributionCents(base.employeeCents, rate / 2)
  return { employeeCents, employerCents: 2 * halfCents - employeeCents, totalCents: 2 * halfCents }
}

/** What the employer bears alone. */
export function byEmployer(baseCents: number, rate: Rate): Shares {
  const cents = contributionCents(baseCents, rate)
  return { employeeCents: 0, employerCents: cents, totalCents: cents }
}

/** The rates of care insurance, as employee and employer bear them. */
export function careRates(terms: CareTerms, law: SocialInsuranceLaw): { employee: Rate; employer: Rate; family: Rate } {
  const half = law.careRate / 2
  const shift = terms.saxony ? law.careSaxonyShiftRate : 0
  const family = terms.childless ? law.careChildlessRate : -terms.childDiscounts * law.careChildDiscountRate
  return { employee: half + shift, employer: half - shift, family }
}

/**
 * Care insurance. Outside the transition zone the supplement or discount changes the employee's rate before rounding
 * (§ 2 Abs. 1 Satz 3, 4 BVV); inside it is reckoned by itself from the employee's base (§ 2 Abs. 2 BVV). The employer
 * has no part in it.
 */
export function careShares(base: Base, terms: CareTerms, law: SocialInsuranceLaw): Shares {
  const rates = careRates(terms, law)
  if (isPlain(base)) {
    const employeeCents = contributionCents(base.totalCents, rates.employee + rates.family)
    const employerCents = contributionCents(base.totalCents, rates.employer)
    return { employeeCents, employerCents, totalCents: employeeCents + employerCents }
  }
  const sharedCents = 2 * contributionCents(base.totalCents, law.careRate / 2)
  const ownCents = contributionCents(base.employeeCents, rates.employee)
  const familyCents = Math.sign(rates.family) * contributionCents(base.employeeCents, Math.abs(rates.family))
  return {
    employeeCents: ownCents + familyCents,
    employerCents: sharedCents - ownCents,
    totalCents: sharedCents + familyCents,
  }
}

function isPlain(base: Base): boolean {
  return base.employeeCents === base.totalCents
}
