import { divideDown, RATE_UNIT } from '../arithmetic.ts'
import type { Law } from '../parameters/law.ts'
import { assess, childAllowanceEuros, type YearWage } from './assessment.ts'
import type { WageTaxInput } from './input.ts'
import { type PensionYear, pensionRelief, pensionReliefWithSpecial } from './relief.ts'
import { specialSolidarityCents } from './solidarity.ts'
import { incomeTaxEuros } from './tariff.ts'

/** The tax on a special payment, and what the year's assessments used. */
export type SpecialTax = {
  readonly taxCents: number
  readonly solidarityCents: number
  /** By how much a special payment that lowers the year's tax lowers the regular tax; zero or negative. */
  readonly reductionCents: number
  readonly yearAllowancesCents: number
  readonly yearExcessCents: number
  readonly specialAllowancesCents: number
  readonly specialExcessCents: number
}

export const NO_SPECIAL_TAX: SpecialTax = {
  taxCents: 0,
  solidarityCents: 0,
  reductionCents: 0,
  yearAllowancesCents: 0,
  yearExcessCents: 0,
  specialAllowancesCents: 0,
  specialExcessCents: 0,
}

/**
 * The tax on a special payment: the tax of the year with it less the tax of the year without it (§ 39b Abs. 3 EStG).
 * A difference below zero counts only where an untaxed share in the company brought it about. MSONST, STSMIN.
 */
export function specialTax(input: WageTaxInput, law: Law): SpecialTax {
  const without = assess(yearWithoutSpecial(input), input, law)
  const including = assess(yearWithSpecial(input), input, law)
  const taxOf = (taxableCents: number) => incomeTaxEuros(taxableCents, input.taxClass, law)
  const differenceEuros = taxOf(including.taxableCents) - taxOf(without.taxableCents)
  const taxCents = 100 * divideDown(differenceEuros * input.factorThousandths, 1_000)
  const surchargeTaxEuros = divideDown(
    taxOf(including.taxableCents - 100 * childAllowanceEuros(input, law)) * input.factorThousandths,
    1_000,
  )
  const freeCents = 100 * law.basicAllowanceEuros
  return {
    taxCents: Math.max(0, taxCents),
    solidarityCents: taxCents < 0 ? 0 : specialSolidarityCents(taxCents, surchargeTaxEuros, input, law),
    reductionCents: input.untaxedShareCents === 0 ? 0 : Math.min(0, taxCents),
    yearAllowancesCents: without.usedAllowancesCents,
    yearExcessCents: Math.max(0, without.taxableCents - freeCents),
    specialAllowancesCents: including.usedAllowancesCents - without.usedAllowancesCents,
    specialExcessCents: Math.max(0, including.taxableCents - freeCents),
  }
}

/** The expected year as it is without the special payment. MOSONST. */
function yearWithoutSpecial(input: WageTaxInput): YearWage {
  const { pension } = input
  return {
    wageCents: input.yearWageCents,
    pensionCents: pension.yearCents,
    allowanceCents: input.yearAllowanceCents,
    additionCents: input.yearAdditionCents,
    provisionWageCents: input.yearWageCents - input.yearCompensationCents,
    relief: pensionRelief(pension, pensionYear(input, pension.yearCents)),
  }
}

/** The expected year with the special payment. MRE4SONST. */
function yearWithSpecial(input: WageTaxInput): YearWage {
  const { pension } = input
  const wageCents = input.yearWageCents + input.specialCents
  const pensionCents = pension.yearCents + pension.specialCents
  const compensationCents = input.yearCompensationCents + input.specialCompensationCents
  return {
    wageCents,
    pensionCents,
    allowanceCents: input.yearAllowanceCents,
    additionCents: input.yearAdditionCents,
    provisionWageCents: wageCents + input.untaxedShareCents - compensationCents,
    relief: pensionReliefWithSpecial(pension, pensionYear(input, pensionCents)),
  }
}

/** A year's calculation grants the maxima by months; where none are stated, twelve. */
function pensionYear({ pension }: WageTaxInput, yearCents: number): PensionYear {
  return { yearCents, months: pension.months === 0 ? 12 : pension.months }
}

type RegularTax = { readonly taxCents: number; readonly solidarityCents: number; readonly churchBaseCents: number }

/** The regular tax after a negative special tax, never below zero. STSMIN. */
export function reduceByNegative(regular: RegularTax, reductionCents: number, law: Law): RegularTax {
  if (reductionCents === 0) return regular
  const solidarity = regular.solidarityCents * RATE_UNIT + reductionCents * law.solidarityRate
  return {
    taxCents: Math.max(0, regular.taxCents + reductionCents),
    solidarityCents: Math.max(0, divideDown(solidarity, RATE_UNIT)),
    churchBaseCents: Math.max(0, regular.churchBaseCents + reductionCents),
  }
}
