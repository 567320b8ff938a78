import { divideDown, RATE_UNIT } from '../arithmetic.ts'
import type { WageTaxLaw } from '../parameters/law.ts'
import type { WageTaxInput } from './input.ts'
import { partOfYear } from './payPeriod.ts'
import { splittingDivisor } from './tariff.ts'

/**
 * The solidarity surcharge of a period: nothing up to the free limit, then at most 11.9 % of what exceeds it until that
 * reaches 5.5 % of the tax (§§ 3, 4 SolZG). MSOLZ.
 *
 * @param taxEuros the year's tax with the children's allowances deducted: JBMG
 */
export function regularSolidarityCents(taxEuros: number, input: WageTaxInput, law: WageTaxLaw): number {
  const excessEuros = taxEuros - solidarityFreeEuros(input, law)
  if (excessEuros <= 0) return 0
  const full = divideDown(taxEuros * law.solidarityRate, RATE_UNIT / 100)
  const mitigated = divideDown(excessEuros * law.solidarityMitigationRate, RATE_UNIT / 100)
  return partOfYear(Math.min(full, mitigated), input.period)
}

/** The surcharge on a special payment's tax: in full once the year's tax exceeds the free limit. MSOLZSTS. */
export function specialSolidarityCents(
  specialTaxCents: number,
  yearTaxEuros: number,
  input: WageTaxInput,
  law: WageTaxLaw,
): number {
  if (yearTaxEuros <= solidarityFreeEuros(input, law)) return 0
  return divideDown(specialTaxCents * law.solidarityRate, RATE_UNIT)
}

/** Freigrenze, twice as high under splitting. SOLZFREI. */
function solidarityFreeEuros({ taxClass }: WageTaxInput, law: WageTaxLaw): number {
  return law.solidarityFreeEuros * splittingDivisor(taxClass)
}
