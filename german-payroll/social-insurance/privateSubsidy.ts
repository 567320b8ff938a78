import { divideDown } from '../arithmetic.ts'
import type { MonthIndex } from '../calendar.ts'
import type { Contract, PrivateHealth } from '../contract.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import { careTerms, hasNoSickPay } from './coverage.ts'
import { careRates, contributionCents } from './shares.ts'

/** The employer's tax-free subsidies to private insurance. */
export type PrivateSubsidy = { readonly healthCents: number; readonly careCents: number }

/**
 * What the employer would bear if the employee were insured by law, with the average additional rate, yet at most half
 * of the premium (§ 257 Abs. 2 SGB V, § 61 Abs. 2 SGB XI). Whoever has no sick pay is measured by the reduced rate.
 *
 * @param base what health contributions would be owed on, and the days it stands for
 */
export function privateSubsidy(
  contract: Contract & { readonly health: PrivateHealth },
  month: MonthIndex,
  base: { cents: number; insuredDays: number },
  law: SocialInsuranceLaw,
): PrivateSubsidy {
  const general = hasNoSickPay(contract.person) ? law.healthReducedRate : law.healthRate
  const careRate = careRates(careTerms(contract, month), law).employer
  const halfOf = (premiumCents: number) => divideDown(premiumCents * base.insuredDays, 60)
  const healthCents = contributionCents(base.cents, (general + law.averageAdditionalRate) / 2)
  const careCents = contributionCents(base.cents, careRate)
  return {
    healthCents: Math.min(healthCents, halfOf(contract.health.healthPremiumCents)),
    careCents: Math.min(careCents, halfOf(contract.health.carePremiumCents)),
  }
}
