import type { Contract } from '../contract.ts'
import type { SocialInsuranceLaw } from '../parameters/law.ts'
import { regularYearCents } from '../social-insurance/transitionZone.ts'

/** Something the employer should look at. The payslip is reckoned all the same. */
export type Notice = {
  readonly code:
    | 'BELOW_MINIMUM_WAGE'
    | 'INSURANCE_LIMIT_NOT_EXCEEDED'
    | 'INSURANCE_LIMIT_EXCEEDED'
    | 'MINI_JOB_LIMIT_EXCEEDED'
  readonly text: string
  readonly source: string
}

/** What is worth a second look in a month. */
export function noticesOf(
  contract: Contract,
  month: { regularCents: number; oneOffCents: number; workedMinutes: number | undefined },
  law: SocialInsuranceLaw,
): Notice[] {
  return [
    ...minimumWageNotice(contract, month, law),
    ...insuranceLimitNotice(contract, law),
    ...miniJobNotice(contract, month, law),
  ]
}

/** Training pay is outside the minimum wage (§ 22 Abs. 3 MiLoG). */
function minimumWageNotice(
  contract: Contract,
  { regularCents, workedMinutes }: { regularCents: number; workedMinutes: number | undefined },
  law: SocialInsuranceLaw,
): Notice[] {
  if (workedMinutes === undefined || contract.kind === 'apprentice') return []
  if (regularCents * 60 >= law.minimumWageCents * workedMinutes) return []
  const text = `the pay of ${workedMinutes} minutes is below ${inEuros(law.minimumWageCents)} an hour`
  return [{ code: 'BELOW_MINIMUM_WAGE', text, source: '§ 1 MiLoG' }]
}

/** Private and voluntary insurance presuppose pay above the limit; compulsory insurance ends above it with the year. */
function insuranceLimitNotice(contract: Contract, law: SocialInsuranceLaw): Notice[] {
  const { health, kind } = contract
  if (kind === 'miniJob' || kind === 'workingStudent') return []
  const isAbove = regularYearCents(contract) > law.insuranceLimitYearCents
  const limit = inEuros(law.insuranceLimitYearCents)
  const source = '§ 6 Abs. 1 Nr. 1, Abs. 4, 6 SGB V'
  const isFree = health.kind === 'private' ? !health.exempted : health.voluntary === true
  if (isFree && !isAbove)
    return [{ code: 'INSURANCE_LIMIT_NOT_EXCEEDED', text: `the regular pay does not exceed ${limit} a year`, source }]
  if (health.kind === 'statutory' && !health.voluntary && isAbove)
    return [{ code: 'INSURANCE_LIMIT_EXCEEDED', text: `the regular pay exceeds ${limit} a year`, source }]
  return []
}

/** One-off payments that were expected belong to the regular pay, which `checkInput` has held against the limit. */
function miniJobNotice(
  contract: Contract,
  month: { regularCents: number; oneOffCents: number },
  law: SocialInsuranceLaw,
): Notice[] {
  const limit = law.miniJobLimitCents
  const unexpectedCents = Math.max(0, month.oneOffCents - (contract.expectedOneOffsYearCents ?? 0))
  if (contract.kind !== 'miniJob' || month.regularCents + unexpectedCents <= limit) return []
  const text = `the month's pay exceeds ${inEuros(limit)}: harmless if unforeseen, twice a year, up to ${inEuros(2 * limit)}`
  return [{ code: 'MINI_JOB_LIMIT_EXCEEDED', text, source: '§ 8 Abs. 1b SGB IV' }]
}

function inEuros(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} euros`
}
