import { divideDown, divideUp } from '../arithmetic.ts'
import { type MonthIndex, type MonthPart, monthOfCompleting, monthOfDate, monthOfYear, yearOf } from '../calendar.ts'
import type { Contract, TaxCard } from '../contract.ts'
import type { Law } from '../parameters/law.ts'
import { type CareTerms, type Coverage, careTerms } from '../social-insurance/coverage.ts'
import type { PrivateSubsidy } from '../social-insurance/privateSubsidy.ts'
import type { PensionInput, ProvisionInput, WageTaxInput } from '../wage-tax/input.ts'
import { wageTax } from '../wage-tax/wageTax.ts'
import { churchTaxCents } from './churchTax.ts'
import type { YearToDate } from './yearToDate.ts'

/** What the tax office receives of a month. */
export type WithheldTax = {
  readonly taxCents: number
  readonly solidarityCents: number
  /** What the church tax is a percentage of: the wage tax as it would be with the children's allowances. */
  readonly churchBaseCents: number
  readonly churchCents: number
  readonly specialTaxCents: number
  readonly specialSolidarityCents: number
  readonly specialChurchBaseCents: number
  readonly specialChurchCents: number
}

/** A taxed month. */
export type TaxedMonth = {
  readonly contract: Contract
  readonly card: TaxCard
  readonly month: MonthIndex
  readonly part: MonthPart
  readonly regularCents: number
  readonly oneOffCents: number
  readonly yearToDate: YearToDate
  readonly coverage: Coverage
  /** Subsidy of a full month to private insurance. */
  readonly monthlySubsidy: PrivateSubsidy
}

const AGE_64 = 64 * 12

/**
 * Wage tax, solidarity surcharge and church tax of a month. Part of a month is taxed by the day: the wage of a calendar
 * day, and its tax times the days of the employment (R 39b.5 Abs. 2 LStR). One-off payments are taxed by the year.
 */
export function withheldTax(taxed: TaxedMonth, law: Law): WithheldTax {
  const { part, contract } = taxed
  const result = wageTax(wageTaxInput(taxed), law)
  const times = part.isFullMonth ? 1 : part.calendarDays
  const churchBaseCents = times * result.churchBaseCents
  return {
    taxCents: times * result.taxCents,
    solidarityCents: times * result.solidarityCents,
    churchBaseCents,
    churchCents: churchTaxCents(churchBaseCents, contract.state),
    specialTaxCents: result.specialTaxCents,
    specialSolidarityCents: result.specialSolidarityCents,
    specialChurchBaseCents: result.specialChurchBaseCents,
    specialChurchCents: churchTaxCents(result.specialChurchBaseCents, contract.state),
  }
}

function wageTaxInput(taxed: TaxedMonth): WageTaxInput {
  const { card, part, contract, month } = taxed
  const monthOf64 = monthOfCompleting(contract.person.birthDate, AGE_64)
  const firstMonth = month - monthOfYear(month) + 1
  const perDay = !part.isFullMonth
  return {
    period: perDay ? 'day' : 'month',
    taxClass: card.taxClass,
    factorThousandths: card.factorThousandths ?? 1_000,
    childAllowanceTenths: card.childAllowanceTenths ?? 0,
    churchMember: card.churchMember,
    wageCents: perDay ? divideDown(taxed.regularCents, part.calendarDays) : taxed.regularCents,
    allowanceCents: ofPeriod(card.monthlyAllowanceCents ?? 0, perDay),
    additionCents: ofPeriod(card.monthlyAdditionCents ?? 0, perDay),
    yearAllowanceCents: card.yearAllowanceCents ?? 0,
    yearAdditionCents: card.yearAdditionCents ?? 0,
    specialCents: taxed.oneOffCents,
    specialCompensationCents: 0,
    untaxedShareCents: 0,
    yearWageCents: card.expectedYearWageCents ?? expectedYearWage(taxed),
    yearCompensationCents: 0,
    ageRelief: monthOf64 < firstMonth,
    ageReliefYear: yearOf(monthOf64) + 1,
    pension: NO_PENSION,
    provision: provision(taxed, careTerms(contract, month)),
  }
}

/** A monthly amount of the card, or its day: a thirtieth rounded up to five cents (R 39a.1 Abs. 7 LStR). */
function ofPeriod(monthlyCents: number, perDay: boolean): number {
  return perDay ? 5 * divideUp(monthlyCents, 150) : monthlyCents
}

/** What was taxed so far, this month's regular pay, and the agreed pay of the months still to come. */
function expectedYearWage({ contract, month, yearToDate, regularCents }: TaxedMonth): number {
  const december = month - monthOfYear(month) + 12
  const last = contract.endsOn === undefined ? december : Math.min(december, monthOfDate('endsOn', contract.endsOn))
  return yearToDate.taxableCents + regularCents + (last - month) * contract.monthlyPayCents
}

/**
 * What counts as provision. Health and care count where the employee pays for them here: a working student or
 * mini-jobber does not, which the plan knows as privately insured without a premium.
 */
function provision({ contract, coverage, monthlySubsidy }: TaxedMonth, care: CareTerms): ProvisionInput {
  const { health } = contract
  const isPrivate = health.kind === 'private'
  const paysStatutory = coverage.health !== 'none' && coverage.health !== 'flat'
  return {
    pensionInsured: coverage.pension === 'full',
    unemploymentInsured: coverage.unemployment === 'full',
    privatelyInsured: !paysStatutory,
    privatePremiumCents: isPrivate ? health.basicPremiumCents : 0,
    privateSubsidyCents: monthlySubsidy.healthCents + monthlySubsidy.careCents,
    additionalHealthRate: isPrivate ? 0 : health.additionalRate,
    saxony: care.saxony,
    childless: care.childless,
    childDiscounts: care.childDiscounts,
  }
}

const NO_PENSION: PensionInput = {
  periodCents: 0,
  specialCents: 0,
  deathBenefitCents: 0,
  yearCents: 0,
  firstMonthCents: 0,
  firstYearSpecialsCents: 0,
  firstYear: 0,
  months: 0,
}
