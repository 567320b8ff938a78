import { divideDown } from '../arithmetic.ts'
import type { Law } from '../parameters/law.ts'
import { assess, childAllowanceEuros, type YearWage } from './assessment.ts'
import type { WageTaxInput, WageTaxResult } from './input.ts'
import { partOfYear, toYear } from './payPeriod.ts'
import { pensionRelief } from './relief.ts'
import { regularSolidarityCents } from './solidarity.ts'
import { NO_SPECIAL_TAX, reduceByNegative, specialTax } from './specialTax.ts'
import { incomeTaxEuros } from './tariff.ts'

/**
 * The wage tax to withhold from a wage, with solidarity surcharge and the base of the church tax, by the federal
 * Programmablaufplan (§ 39b EStG; MAIN of the plan), to the cent and with each of its roundings.
 */
export function wageTax(input: WageTaxInput, law: Law): WageTaxResult {
  const regular = regularTax(input, law)
  const special = hasSpecial(input) ? specialTax(input, law) : NO_SPECIAL_TAX
  const withheld = reduceByNegative(regular, special.reductionCents, law)
  return {
    taxCents: withheld.taxCents,
    solidarityCents: withheld.solidarityCents,
    churchBaseCents: withheld.churchBaseCents,
    specialTaxCents: special.taxCents,
    specialSolidarityCents: special.solidarityCents,
    specialChurchBaseCents: input.churchMember ? special.taxCents : 0,
    treaty: {
      regularAllowancesCents: regular.allowancesCents,
      regularExcessCents: regular.excessCents,
      yearAllowancesCents: special.yearAllowancesCents,
      yearExcessCents: special.yearExcessCents,
      specialAllowancesCents: special.specialAllowancesCents,
      specialExcessCents: special.specialExcessCents,
    },
  }
}

/** The tax on a period's regular wage, as if every period of the year had it. MRE4JL, MBERECH. */
function regularTax(input: WageTaxInput, law: Law) {
  const assessment = assess(regularYear(input), input, law)
  const taxOf = (taxableCents: number) => withFactor(incomeTaxEuros(taxableCents, input.taxClass, law), input)
  const yearTaxEuros = taxOf(assessment.taxableCents)
  const surchargeBaseEuros =
    input.childAllowanceTenths > 0
      ? taxOf(assessment.taxableCents - 100 * childAllowanceEuros(input, law))
      : yearTaxEuros
  return {
    taxCents: partOfYear(100 * yearTaxEuros, input.period),
    solidarityCents: regularSolidarityCents(surchargeBaseEuros, input, law),
    churchBaseCents: input.churchMember ? partOfYear(100 * surchargeBaseEuros, input.period) : 0,
    allowancesCents: assessment.usedAllowancesCents,
    excessCents: Math.max(0, assessment.taxableCents - 100 * law.basicAllowanceEuros),
  }
}

/** The year of which the period is a part. */
function regularYear(input: WageTaxInput): YearWage {
  const { period, pension } = input
  const wageCents = toYear(input.wageCents, period)
  const pensionCents = toYear(pension.periodCents, period)
  const months = period === 'year' ? pension.months : 12
  return {
    wageCents,
    pensionCents,
    allowanceCents: toYear(input.allowanceCents, period),
    additionCents: toYear(input.additionCents, period),
    provisionWageCents: wageCents,
    relief: pensionRelief(pension, { yearCents: pensionCents, months }),
  }
}

/** The tax times the factor of class IV, rounded down to whole euros. */
function withFactor(taxEuros: number, { factorThousandths }: WageTaxInput): number {
  return divideDown(taxEuros * factorThousandths, 1_000)
}

function hasSpecial(input: WageTaxInput): boolean {
  return input.specialCents !== 0 || input.untaxedShareCents !== 0
}
