import type { Rate } from '../arithmetic.ts'
import type { Employer } from '../contract.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import type { CareTerms, Coverage } from './coverage.ts'
import { type Base, byEmployer, careRates, careShares, halves, type Shares } from './shares.ts'

export type Branch = 'health' | 'additional' | 'care' | 'pension' | 'unemployment' | 'u1' | 'u2' | 'insolvency'

/** One contribution or levy of one employment to its fund. */
export type Contribution = Shares & {
  readonly branch: Branch
  /** Beitragsgruppe of the fund's statement, such as 0100 for the full pension contribution. */
  readonly group: string
  /** Year whose law it follows; a one-off payment may belong to the year before. */
  readonly year: number
  readonly baseCents: number
  /** The contribution's whole rate, both shares together. */
  readonly rate: Rate
}

/** What contributions are taken from, by pair of branches. */
export type Bases = { readonly health: Base; readonly pension: Base }

/** Who is insured how. */
export type Insured = {
  readonly coverage: Coverage
  readonly care: CareTerms
  readonly additionalRate: Rate
}

/** The contributions to the four branches of social insurance; for mini-jobs see `miniJobContributions`. */
export function branchContributions(bases: Bases, insured: Insured, law: SocialInsuranceLaw): Contribution[] {
  return [
    ...healthContributions(bases.health, insured, law),
    ...pensionContributions(bases.pension, insured.coverage, law),
  ]
}

const HEALTH_GROUPS = {
  general: { health: '1000', additional: 'ZBP' },
  reduced: { health: '3000', additional: 'ZBP' },
  voluntary: { health: '9000', additional: 'ZBF' },
} as const

function healthContributions(base: Base, insured: Insured, law: SocialInsuranceLaw): Contribution[] {
  const { coverage, care, additionalRate } = insured
  if (coverage.health === 'none' || coverage.health === 'flat') return []
  const groups = HEALTH_GROUPS[coverage.health]
  const rate = coverage.health === 'reduced' ? law.healthReducedRate : law.healthRate
  const rates = careRates(care, law)
  const careRate = rates.employee + rates.employer + rates.family
  const { year } = law
  const baseCents = base.totalCents
  return [
    { branch: 'health', group: groups.health, year, baseCents, rate, ...halves(base, rate) },
    // The additional contribution has its own line in the statement and is rounded by itself.
    {
      branch: 'additional',
      group: groups.additional,
      year,
      baseCents,
      rate: additionalRate,
      ...halves(base, additionalRate),
    },
    { branch: 'care', group: '0001', year, baseCents, rate: careRate, ...careShares(base, care, law) },
  ]
}

function pensionContributions(base: Base, coverage: Coverage, law: SocialInsuranceLaw): Contribution[] {
  const { year, pensionRate, unemploymentRate } = law
  const baseCents = base.totalCents
  const pension: Contribution =
    coverage.pension === 'full'
      ? { branch: 'pension', group: '0100', year, baseCents, rate: pensionRate, ...halves(base, pensionRate) }
      : {
          branch: 'pension',
          group: '0300',
          year,
          baseCents,
          rate: pensionRate / 2,
          ...byEmployer(baseCents, pensionRate / 2),
        }
  if (coverage.unemployment === 'none') return [pension]
  const unemployment: Contribution =
    coverage.unemployment === 'full'
      ? {
          branch: 'unemployment',
          group: '0010',
          year,
          baseCents,
          rate: unemploymentRate,
          ...halves(base, unemploymentRate),
        }
      : {
          branch: 'unemployment',
          group: '0020',
          year,
          baseCents,
          rate: unemploymentRate / 2,
          ...byEmployer(baseCents, unemploymentRate / 2),
        }
  return [pension, unemployment]
}

/**
 * The levies the employer bears alone: U1 and U2 on regular pay (§ 7 AAG), the insolvency levy on one-off payments too
 * (§ 358 Abs. 2 SGB III). Each is taken from what pension contributions are or would be owed on.
 */
export function levies(
  base: { regularCents: number; allCents: number },
  employer: Employer,
  law: SocialInsuranceLaw,
): Contribution[] {
  const { year } = law
  const list: Contribution[] = []
  const add = (branch: Branch, group: string, rate: Rate, baseCents: number) =>
    list.push({ branch, group, year, baseCents, rate, ...byEmployer(baseCents, rate) })
  if (employer.u1Rate !== null) add('u1', 'U1', employer.u1Rate, base.regularCents)
  add('u2', 'U2', employer.u2Rate, base.regularCents)
  if (employer.insolvencyLevy) add('insolvency', '0050', law.insolvencyRate, base.allCents)
  return list
}
