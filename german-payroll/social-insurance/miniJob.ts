import { divideHalfUp } from '../arithmetic.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import type { Contribution } from './contributions.ts'
import type { Coverage } from './coverage.ts'
import { byEmployer, contributionCents, type Shares } from './shares.ts'

/** What a mini-job's contributions depend on. */
export type MiniJob = {
  readonly payCents: number
  readonly insuredDays: number
  readonly coverage: Coverage
  /** Beside an insured main job the minimum base is void (§ 163 Abs. 8 SGB VI). */
  readonly besidesMainJob: boolean
}

/**
 * A mini-job's contributions: the employer's flat rates for health and pension, and from whoever has not opted out of
 * pension insurance what is missing to the full rate.
 */
export function miniJobContributions(job: MiniJob, law: SocialInsuranceLaw): Contribution[] {
  const { coverage, payCents: baseCents } = job
  const { year } = law
  const pension: Contribution =
    coverage.pension === 'full'
      ? { branch: 'pension', group: '0100', year, baseCents, rate: law.pensionRate, ...insuredShares(job, law) }
      : {
          branch: 'pension',
          group: '0500',
          year,
          baseCents,
          rate: law.miniJobPensionRate,
          ...byEmployer(baseCents, law.miniJobPensionRate),
        }
  if (coverage.health === 'none') return [pension]
  const rate = law.miniJobHealthRate
  return [{ branch: 'health', group: '6000', year, baseCents, rate, ...byEmployer(baseCents, rate) }, pension]
}

/**
 * Who bears the pension contribution of an insured mini-job: the employer 15 % of the pay, the employee the rest to the
 * full rate, rounded by itself (§ 168 Abs. 1 Nr. 1b SGB VI, § 2 Abs. 1 Satz 3 BVV). Below the minimum base the whole is
 * the full rate of that base, and the employee bears what the employer does not (§ 2 Abs. 1 Satz 5 BVV).
 */
function insuredShares(job: MiniJob, law: SocialInsuranceLaw): Shares {
  const employerCents = contributionCents(job.payCents, law.miniJobPensionRate)
  const minimumCents = job.besidesMainJob ? 0 : divideHalfUp(law.miniJobPensionBaseCents * job.insuredDays, 30)
  if (job.payCents < minimumCents) {
    const totalCents = contributionCents(minimumCents, law.pensionRate)
    return { employeeCents: totalCents - employerCents, employerCents, totalCents }
  }
  const employeeCents = contributionCents(job.payCents, law.pensionRate - law.miniJobPensionRate)
  return { employeeCents, employerCents, totalCents: employeeCents + employerCents }
}
