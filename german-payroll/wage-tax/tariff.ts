import { divideDown, RATE_UNIT } from '../arithmetic.ts'
import type { WageTaxLaw } from '../parameters/law.ts'
import type { TaxClass } from './input.ts'

/**
 * The income tax of a year on a taxable income, as the tax class has it: by the tariff in classes I, II and IV, by
 * splitting in class III, by the differential method in V and VI. UPMLST.
 *
 * @param taxableCents may be negative or below one euro; then there is no tax
 * @returns whole euros
 */
export function incomeTaxEuros(taxableCents: number, taxClass: TaxClass, law: WageTaxLaw): number {
  if (taxableCents < 100) return 0
  if (taxClass >= 5) return differentialTaxEuros(divideDown(taxableCents, 100), law)
  const splitBy = splittingDivisor(taxClass)
  return tariffEuros(divideDown(taxableCents, 100 * splitBy), law) * splitBy
}

/** Two in class III, where spouses are taxed as if each had half; one otherwise. KZTAB. */
export function splittingDivisor(taxClass: TaxClass): 1 | 2 {
  return taxClass === 3 ? 2 : 1
}

/** The tariff of § 32a Abs. 1 EStG on whole euros, rounded down to whole euros. UPTAB26. */
export function tariffEuros(incomeEuros: number, law: WageTaxLaw): number {
  if (incomeEuros <= law.basicAllowanceEuros) return 0
  if (incomeEuros <= law.zone2EndEuros)
    return curve(incomeEuros - law.basicAllowanceEuros, law.zone2Square, law.zone2Linear, 0)
  if (incomeEuros <= law.zone3EndEuros)
    return curve(incomeEuros - law.zone2EndEuros, law.zone3Square, law.zone3Linear, law.zone3ConstantCents)
  if (incomeEuros <= law.zone4EndEuros) return line(incomeEuros, law.zone4Rate, law.zone4DeductionCents)
  return line(incomeEuros, law.zone5Rate, law.zone5DeductionCents)
}

/** (square · y + linear) · y + constant, where y is a ten-thousandth of the euros above the zone's start. */
function curve(aboveEuros: number, squareHundredths: number, linearHundredths: number, constantCents: number): number {
  const scaledSum = (squareHundredths * aboveEuros + linearHundredths * 10_000) * aboveEuros
  return divideDown(scaledSum + constantCents * 10_000 ** 2, 100 * 10_000 ** 2)
}

function line(incomeEuros: number, rate: number, deductionCents: number): number {
  const perCent = RATE_UNIT / 100
  return divideDown(incomeEuros * rate - deductionCents * perCent, RATE_UNIT)
}

/**
 * The tax of classes V and VI (§ 39b Abs. 2 Satz 7 EStG): twice the difference between the tariff on 1.25 and on 0.75
 * times the income, then 42 % above the second limit and 45 % above the third; between the first and the second at most
 * 42 % on what exceeds the first. MST5_6.
 */
function differentialTaxEuros(incomeEuros: number, law: WageTaxLaw): number {
  const { classFiveLimit1Euros: limit1, classFiveLimit2Euros: limit2, classFiveLimit3Euros: limit3 } = law
  if (incomeEuros > limit3) {
    const upToLimit3 = aboveLimit(twiceTheDifference(limit2, law), limit3 - limit2, law.zone4Rate)
    return aboveLimit(upToLimit3, incomeEuros - limit3, law.zone5Rate)
  }
  if (incomeEuros > limit2) return aboveLimit(twiceTheDifference(limit2, law), incomeEuros - limit2, law.zone4Rate)
  const differential = twiceTheDifference(incomeEuros, law)
  if (incomeEuros <= limit1) return differential
  return Math.min(differential, aboveLimit(twiceTheDifference(limit1, law), incomeEuros - limit1, law.zone4Rate))
}

/** Twice the tariff's difference between 1.25 and 0.75 times the income, and at least 14 % of it. UP5_6. */
function twiceTheDifference(incomeEuros: number, law: WageTaxLaw): number {
  const higher = tariffEuros(divideDown(incomeEuros * 5, 4), law)
  const lower = tariffEuros(divideDown(incomeEuros * 3, 4), law)
  const minimum = divideDown(incomeEuros * law.classFiveMinimumRate, RATE_UNIT)
  return Math.max(2 * (higher - lower), minimum)
}

function aboveLimit(taxEuros: number, excessEuros: number, rate: number): number {
  return taxEuros + divideDown(excessEuros * rate, RATE_UNIT)
}
