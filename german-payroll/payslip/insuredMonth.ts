import type { MonthIndex, MonthPart } from '../calendar.ts'
import type { Contract, PrivateHealth } from '../contract.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import {
  addToYear,
  ceilingOfDays,
  type MonthBase,
  monthBase,
  unusedCents,
  type YearUse,
  yearCeilingCents,
} from '../social-insurance/assessment.ts'
import {
  type Bases,
  branchContributions,
  type Contribution,
  type Insured,
  levies,
} from '../social-insurance/contributions.ts'
import { type Coverage, careTerms, coverageOf } from '../social-insurance/coverage.ts'
import { belongsToPreviousYear, type PreviousYear } from '../social-insurance/marchRule.ts'
import { miniJobContributions } from '../social-insurance/miniJob.ts'
import { type PrivateSubsidy, privateSubsidy } from '../social-insurance/privateSubsidy.ts'
import { type Base, plainBase } from '../social-insurance/shares.ts'
import { isInTransitionZone, transitionBase } from '../social-insurance/transitionZone.ts'
import type { YearToDate } from './yearToDate.ts'

/** A month as social insurance sees it. */
export type MonthFacts = {
  readonly contract: Contract
  readonly month: MonthIndex
  readonly part: MonthPart
  readonly regularCents: number
  readonly oneOffCents: number
  readonly yearToDate: YearToDate
  readonly previousYear: PreviousYear | undefined
  readonly law: SocialInsuranceLaw
}

/** What a month brings to social insurance. */
export type InsuredMonth = {
  readonly coverage: Coverage
  readonly contributions: readonly Contribution[]
  /** The employer's subsidy to private insurance, none where there is none. */
  readonly subsidy: PrivateSubsidy
  /** The same for a full month, which the wage tax asks for. */
  readonly monthlySubsidy: PrivateSubsidy
  readonly health: YearUse
  readonly pension: YearUse
  readonly previousYear: PreviousYear | undefined
}

type MonthBases = { readonly health: MonthBase; readonly pension: MonthBase }

/** Judges a month and reckons its contributions, with a one-off payment in the year it belongs to. */
export function insuredMonth(facts: MonthFacts): InsuredMonth {
  const coverage = coverageOf(facts.contract, facts.month)
  const withOneOff = monthBases(facts, facts.oneOffCents, coverage)
  const earlier = facts.previousYear
  const isMoved = earlier !== undefined && isPreviousYears(facts, coverage, withOneOff)
  const bases = isMoved ? monthBases(facts, 0, coverage) : withOneOff
  const moved = isMoved ? contributionsOfPreviousYear(facts, earlier) : null
  const subsidies = subsidiesOf(facts, bases.health, coverage)
  return {
    coverage,
    contributions: [...contributionsOfMonth(facts, coverage, bases), ...(moved?.contributions ?? [])],
    ...subsidies,
    health: addToYear(facts.yearToDate.health, facts.part.insuredDays, sum(bases.health)),
    pension: addToYear(facts.yearToDate.pension, facts.part.insuredDays, sum(bases.pension)),
    previousYear: moved?.previousYear ?? earlier,
  }
}

/** What is owed on in this month. Whoever is insured by choice pays on the whole ceiling, whatever the pay. */
function monthBases(facts: MonthFacts, oneOffCents: number, coverage: Coverage): MonthBases {
  const { part, law, yearToDate } = facts
  const pay = { regularCents: facts.regularCents, oneOffCents }
  const of = (branch: 'health' | 'pension') =>
    monthBase(pay, { insuredDays: part.insuredDays, before: yearToDate[branch] }, yearCeilingCents(branch, law))
  const ceilingCents = ceilingOfDays(law.healthCeilingYearCents, part.insuredDays)
  const health = coverage.health === 'voluntary' ? { regularCents: ceilingCents, oneOffCents: 0 } : of('health')
  return { health, pension: of('pension') }
}

function isPreviousYears(
  { month, part, yearToDate, law, oneOffCents }: MonthFacts,
  coverage: Coverage,
  bases: MonthBases,
) {
  return belongsToPreviousYear(
    oneOffCents,
    { index: month, insuredDays: part.insuredDays, coverage },
    {
      health: { before: yearToDate.health, base: bases.health },
      pension: { before: yearToDate.pension, base: bases.pension },
    },
    law,
  )
}

function contributionsOfMonth(facts: MonthFacts, coverage: Coverage, bases: MonthBases): Contribution[] {
  const { contract, law, part } = facts
  const { insuredDays } = part
  if (coverage.isMiniJob) {
    const payCents = facts.regularCents + facts.oneOffCents
    const job = { payCents, insuredDays, coverage, besidesMainJob: contract.besidesMainJob === true }
    const base = { regularCents: facts.regularCents, allCents: payCents }
    return [...miniJobContributions(job, law), ...levies(base, contract.employer, law)]
  }
  const inZone = isInTransitionZone(contract, law)
  const toBase = (cents: number): Base => (inZone ? transitionBase(cents, insuredDays, law) : plainBase(cents))
  const all: Bases = { health: toBase(sum(bases.health)), pension: toBase(sum(bases.pension)) }
  const levyBase = {
    regularCents: toBase(bases.pension.regularCents).totalCents,
    allCents: all.pension.totalCents,
  }
  return [...branchContributions(all, insuredAs(facts, coverage), law), ...levies(levyBase, contract.employer, law)]
}

function insuredAs({ contract, month }: MonthFacts, coverage: Coverage): Insured {
  const additionalRate = contract.health.kind === 'statutory' ? contract.health.additionalRate : 0
  return { coverage, care: careTerms(contract, month), additionalRate }
}

/**
 * The contributions on a one-off payment that belongs to the last month of the year before: by that year's rates, on
 * what that year's ceilings have left unused. U1 and U2 are not taken from one-off payments.
 */
function contributionsOfPreviousYear(facts: MonthFacts, earlier: PreviousYear) {
  const { contract, oneOffCents, month } = facts
  const { law } = earlier
  const december = month - (month % 12) - 1
  const coverage = coverageOf(contract, december)
  const baseOf = (branch: 'health' | 'pension') =>
    Math.min(oneOffCents, unusedCents(earlier[branch], yearCeilingCents(branch, law)))
  const healthCents = coverage.health === 'voluntary' ? 0 : baseOf('health')
  const pensionCents = baseOf('pension')
  const insured: Insured = { coverage, care: careTerms(contract, december), additionalRate: earlier.additionalRate }
  const bases: Bases = { health: plainBase(healthCents), pension: plainBase(pensionCents) }
  const insolvency = levies({ regularCents: 0, allCents: pensionCents }, contract.employer, law)
  return {
    contributions: [
      ...branchContributions(bases, insured, law),
      ...insolvency.filter(({ branch }) => branch === 'insolvency'),
    ],
    previousYear: {
      ...earlier,
      health: addToYear(earlier.health, 0, healthCents),
      pension: addToYear(earlier.pension, 0, pensionCents),
    },
  }
}

const NO_SUBSIDY: PrivateSubsidy = { healthCents: 0, careCents: 0 }

/** The subsidies of this month, and those of a full month at the agreed pay where this one is not full. */
function subsidiesOf(facts: MonthFacts, base: MonthBase, coverage: Coverage) {
  const { contract, month, part, law } = facts
  if (contract.kind === 'workingStudent' || coverage.isMiniJob || !isPrivate(contract))
    return { subsidy: NO_SUBSIDY, monthlySubsidy: NO_SUBSIDY }
  const subsidy = privateSubsidy(contract, month, { cents: sum(base), insuredDays: part.insuredDays }, law)
  if (part.isFullMonth) return { subsidy, monthlySubsidy: subsidy }
  const cents = Math.min(contract.monthlyPayCents, law.healthCeilingMonthCents)
  return { subsidy, monthlySubsidy: privateSubsidy(contract, month, { cents, insuredDays: 30 }, law) }
}

function isPrivate(contract: Contract): contract is Contract & { readonly health: PrivateHealth } {
  return contract.health.kind === 'private'
}

function sum(base: MonthBase): number {
  return base.regularCents + base.oneOffCents
}
