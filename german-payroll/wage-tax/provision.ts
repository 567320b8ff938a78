import { divideDown, divideUp, RATE_UNIT, type Rate } from '../arithmetic.ts'
import type { Law } from '../parameters/law.ts'
import type { ProvisionInput, TaxClass } from './input.ts'

/**
 * The lump sum for provision (Vorsorgepauschale, § 39b Abs. 2 Satz 5 Nr. 3 EStG) on a year's wage, in whole euros.
 *
 * Parts for old age, health and care count in full. The part for unemployment counts within a maximum it shares with
 * health and care, and only where that leads to more; in class VI never. UPEVP, MVSPHB.
 */
export function provisionEuros(wageCents: number, person: ProvisionInput, taxClass: TaxClass, law: Law): number {
  const pensionWageCents = Math.min(wageCents, law.pensionCeilingYearCents)
  const pensionCents = person.pensionInsured ? shareOf(pensionWageCents, law.pensionRate / 2) : 0
  const healthCents = healthAndCareCents(wageCents, person, taxClass, law)
  const fullEuros = divideUp(pensionCents + healthCents, 100)
  if (!person.unemploymentInsured || taxClass === 6) return fullEuros

  const unemploymentCents = shareOf(pensionWageCents, law.unemploymentRate / 2)
  const limitedCents = Math.min(unemploymentCents + healthCents, 100 * law.provisionMaximumEuros)
  return Math.max(fullEuros, divideUp(pensionCents + limitedCents, 100))
}

/** Health and care: a year's private premiums less the employer's subsidy, or the statutory share. MVSPKVPV. */
function healthAndCareCents(wageCents: number, person: ProvisionInput, taxClass: TaxClass, law: Law): number {
  if (!person.privatelyInsured)
    return shareOf(Math.min(wageCents, law.healthCeilingYearCents), healthAndCareRate(person, law))
  if (taxClass === 6) return 0
  return Math.max(0, 12 * (person.privatePremiumCents - person.privateSubsidyCents))
}

/** The employee's rate for health (without sick pay) and care. KVSATZAN + PVSATZAN of MPARA. */
function healthAndCareRate(person: ProvisionInput, law: Law): Rate {
  const health = (law.healthReducedRate + person.additionalHealthRate) / 2
  const care = law.careRate / 2 + (person.saxony ? law.careSaxonyShiftRate : 0)
  const family = person.childless ? law.careChildlessRate : -person.childDiscounts * law.careChildDiscountRate
  return health + care + family
}

function shareOf(cents: number, rate: Rate): number {
  return divideDown(cents * rate, RATE_UNIT)
}
