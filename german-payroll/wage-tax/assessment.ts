import { divideDown, divideUp } from '../arithmetic.ts'
import type { Law } from '../parameters/law.ts'
import type { TaxClass, WageTaxInput } from './input.ts'
import { provisionEuros } from './provision.ts'
import { ageReliefEuros, type PensionRelief } from './relief.ts'

/** A year's wage as it is to be taxed. */
export type YearWage = {
  /** Wage of the year: ZRE4J. */
  readonly wageCents: number
  /** Pension within it: ZVBEZJ. */
  readonly pensionCents: number
  /** Allowance of the year: JLFREIB. */
  readonly allowanceCents: number
  /** Addition of the year: JLHINZU. */
  readonly additionCents: number
  /** What the provision is reckoned from: ZRE4VP. */
  readonly provisionWageCents: number
  readonly relief: PensionRelief
}

/** What is left of a year's wage for the tariff. */
export type Assessment = {
  /** Taxable income, never negative, and nothing below one euro: ZVE. */
  readonly taxableCents: number
  /** Allowances used that a tax treaty asks for: VFRB. */
  readonly usedAllowancesCents: number
}

/** Deducts relief, allowances and provision from a year's wage. MRE4ALTE, MRE4ABZ, MZTABFB, UPEVP, MLSTJAHR. */
export function assess(year: YearWage, input: WageTaxInput, law: Law): Assessment {
  const { relief } = year
  const ageRelief = input.ageRelief ? ageReliefEuros(year.wageCents - year.pensionCents, input.ageReliefYear) : 0
  const reduced = year.wageCents - relief.allowanceCents - 100 * ageRelief - year.allowanceCents + year.additionCents
  const wageCents = Math.max(0, reduced)
  const pensionCents = Math.max(0, year.pensionCents - relief.allowanceCents)

  const supplement = pensionSupplementEuros(relief, pensionCents, input.taxClass)
  const expenses = expenseAllowanceEuros({ wageCents, pensionCents, supplement }, input.taxClass, law)
  const fixed = supplement + expenses + classAllowanceEuros(input.taxClass, law)
  const provision = provisionEuros(year.provisionWageCents, input.provision, input.taxClass, law)
  const taxableCents = wageCents - 100 * (fixed + provision)
  return {
    taxableCents: taxableCents < 100 ? 0 : taxableCents,
    usedAllowancesCents: 100 * (expenses + supplement) + relief.allowanceCents,
  }
}

/** The supplement to a pension's relief: at most the pension left, in whole euros, and none in class VI. FVBZ in MZTABFB. */
function pensionSupplementEuros(relief: PensionRelief, pensionCents: number, taxClass: TaxClass): number {
  if (taxClass === 6) return 0
  return Math.min(relief.supplementEuros, divideDown(pensionCents, 100))
}

/** Werbungskosten-Pauschbetrag of pensions and Arbeitnehmer-Pauschbetrag of other wages, at most either amount. ANP. */
function expenseAllowanceEuros(
  after: { wageCents: number; pensionCents: number; supplement: number },
  taxClass: TaxClass,
  law: Law,
): number {
  if (taxClass === 6) return 0
  const pensionLeft = divideUp(after.pensionCents - 100 * after.supplement, 100)
  const forPension = Math.min(pensionLeft, law.pensionerAllowanceEuros)
  const otherWageCents = Math.max(0, after.wageCents - after.pensionCents)
  return forPension + Math.min(divideUp(otherWageCents, 100), law.employeeAllowanceEuros)
}

/** Sonderausgaben-Pauschbetrag, and in class II the relief of a single parent. SAP + EFA. */
function classAllowanceEuros(taxClass: TaxClass, law: Law): number {
  if (taxClass === 6) return 0
  return law.specialExpensesEuros + (taxClass === 2 ? law.singleParentEuros : 0)
}

/** Freibeträge für Kinder in whole euros: in full in classes I to III, half in IV, none in V and VI. KFB. */
export function childAllowanceEuros({ childAllowanceTenths, taxClass }: WageTaxInput, law: Law): number {
  if (taxClass >= 5) return 0
  const halves = taxClass === 4 ? 1 : 2
  return divideDown(childAllowanceTenths * law.childAllowanceEuros * halves, 20)
}
