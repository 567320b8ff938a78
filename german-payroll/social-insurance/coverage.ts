import { type MonthIndex, monthOfCompleting, monthOfDate, yearOf } from '../calendar.ts'
import type { Contract, Person } from '../contract.ts'

/** In which branches an employment is insured, and who pays there. */
export type Coverage = {
  /** By the general or the reduced rate, by choice at the ceiling, by the mini-job's flat rate, or not here. */
  readonly health: 'general' | 'reduced' | 'voluntary' | 'flat' | 'none'
  readonly care: 'full' | 'none'
  /** Both pay; the employer alone pays its half; the mini-job's employer alone pays its flat rate. */
  readonly pension: 'full' | 'employerHalf' | 'flat'
  readonly unemployment: 'full' | 'employerHalf' | 'none'
  readonly isMiniJob: boolean
}

const AGE_23 = 23 * 12
const AGE_25 = 25 * 12

/** Judges an employment in a month. */
export function coverageOf(contract: Contract, month: MonthIndex): Coverage {
  if (contract.kind === 'miniJob') return miniJobCoverage(contract, month)
  const isPastRegularAge = month > monthOfRegularAge(contract.person)
  const pension = isFreePensioner(contract, month) ? 'employerHalf' : 'full'
  if (contract.kind === 'workingStudent')
    return { health: 'none', care: 'none', pension, unemployment: 'none', isMiniJob: false }
  return {
    health: healthCoverage(contract),
    care: contract.health.kind === 'private' ? 'none' : 'full',
    pension,
    // § 28 Abs. 1 Nr. 1, § 346 Abs. 3 SGB III: past the regular age the employer's half stays.
    unemployment: isPastRegularAge ? 'employerHalf' : 'full',
    isMiniJob: false,
  }
}

function miniJobCoverage(contract: Contract, month: MonthIndex): Coverage {
  const isInsured = contract.pensionChoice !== 'optedOut' && !isFreePensioner(contract, month)
  return {
    // § 249b SGB V asks the flat rate for the statutorily insured alone.
    health: contract.health.kind === 'statutory' ? 'flat' : 'none',
    care: 'none',
    pension: isInsured ? 'full' : 'flat',
    unemployment: 'none',
    isMiniJob: true,
  }
}

function healthCoverage({ health, person }: Contract): Coverage['health'] {
  if (health.kind === 'private') return 'none'
  if (health.voluntary) return 'voluntary'
  return hasNoSickPay(person) ? 'reduced' : 'general'
}

/** Whoever receives a full old-age pension has no sick pay and is insured at the reduced rate (§§ 50, 243 SGB V). */
export function hasNoSickPay(person: Person): boolean {
  return person.fullOldAgePension === true
}

/** Free of pension insurance: a full pension and past the regular age, unless that freedom is waived (§ 5 Abs. 4 SGB VI). */
function isFreePensioner({ person, pensionChoice }: Contract, month: MonthIndex): boolean {
  if (person.fullOldAgePension !== true || pensionChoice === 'waivesFreedom') return false
  return month > monthOfRegularAge(person)
}

/** The month in which the regular age is reached (Regelaltersgrenze, §§ 35, 235 SGB VI). */
export function monthOfRegularAge({ birthDate }: Person): MonthIndex {
  const birthYear = yearOf(monthOfDate('birthDate', birthDate))
  return monthOfCompleting(birthDate, 65 * 12 + monthsBeyond65(birthYear))
}

function monthsBeyond65(birthYear: number): number {
  if (birthYear >= 1964) return 24
  if (birthYear > 1958) return 12 + 2 * (birthYear - 1958)
  return Math.max(0, birthYear - 1946)
}

/** What the family changes in a person's care contribution. */
export type CareTerms = {
  readonly saxony: boolean
  /** Pays the supplement of the childless. */
  readonly childless: boolean
  /** Discounts for the second to fifth child, 0 to 4. */
  readonly childDiscounts: number
}

/**
 * The terms of § 55 Abs. 3 and § 58 Abs. 3 SGB XI in a month. The supplement begins after the month in which the 23rd
 * year is completed and is never owed by who was born before 1940; a child counts for a discount until the end of the
 * month in which it completes its 25th year.
 */
export function careTerms({ person, state }: Contract, month: MonthIndex): CareTerms {
  const born = person.childBirthDates.filter((date) => monthOfDate('childBirthDates', date) <= month)
  const young = born.filter((date) => month <= monthOfCompleting(date, AGE_25)).length
  const isOldEnough = month > monthOfCompleting(person.birthDate, AGE_23)
  return {
    saxony: state === 'SN',
    childless: born.length === 0 && isOldEnough && person.birthDate >= '1940-01-01',
    childDiscounts: Math.min(Math.max(young - 1, 0), 4),
  }
}
