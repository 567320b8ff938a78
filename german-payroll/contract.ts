import type { Rate } from './arithmetic.ts'
import type { TaxClass } from './wage-tax/input.ts'

/** A day as YYYY-MM-DD. */
export type IsoDate = string

/** The sixteen federal states by their usual abbreviations. */
export type FederalState =
  | 'BB'
  | 'BE'
  | 'BW'
  | 'BY'
  | 'HB'
  | 'HE'
  | 'HH'
  | 'MV'
  | 'NI'
  | 'NW'
  | 'RP'
  | 'SH'
  | 'SL'
  | 'SN'
  | 'ST'
  | 'TH'

/**
 * - `employee`: insured in every branch, in the transition zone up to its limit
 * - `apprentice`: insured in every branch, without transition zone (§ 20 Abs. 2a Satz 8 SGB IV)
 * - `workingStudent`: insured for old age alone (§ 6 Abs. 1 Nr. 3 SGB V, § 27 Abs. 4 SGB III)
 * - `miniJob`: regular pay up to the limit of § 8 Abs. 1 Nr. 1 SGB IV
 */
export type EmploymentKind = 'employee' | 'apprentice' | 'workingStudent' | 'miniJob'

/** What a payslip needs to know of an employment and of who is employed. */
export type Contract = {
  readonly kind: EmploymentKind
  readonly startsOn: IsoDate
  /** Last day of the employment, where it is known. */
  readonly endsOn?: IsoDate
  /** State of the place of work: decides the church's rate and the split of care insurance. */
  readonly state: FederalState
  /** Agreed pay of a full month; with it and the next figure the regular pay is judged. */
  readonly monthlyPayCents: number
  /** One-off payments that are certain to come within a year, such as a thirteenth salary. */
  readonly expectedOneOffsYearCents?: number
  readonly person: Person
  readonly tax: TaxCard | FlatTax
  readonly health: StatutoryHealth | PrivateHealth
  /**
   * - `optedOut`: a mini-jobber freed from pension insurance (§ 6 Abs. 1b SGB VI)
   * - `waivesFreedom`: a pensioner past the regular age who pays in all the same (§ 5 Abs. 4 Satz 2 SGB VI)
   */
  readonly pensionChoice?: 'optedOut' | 'waivesFreedom'
  /** For a mini-job beside an insured main job: the minimum base of the pension insurance is void. */
  readonly besidesMainJob?: boolean
  readonly employer: Employer
}

export type Person = {
  readonly birthDate: IsoDate
  /** Birth dates of all children proven to the employer, also of grown-up ones and of those who died. */
  readonly childBirthDates: readonly IsoDate[]
  /** Receives a full old-age pension (Altersvollrente). */
  readonly fullOldAgePension?: boolean
}

/** Features for the wage tax, as the employer retrieves them (ELStAM). */
export type TaxCard = {
  readonly taxClass: TaxClass
  /** Factor of class IV in thousandths. */
  readonly factorThousandths?: number
  /** Child allowances in tenths: 15 is 1.5. */
  readonly childAllowanceTenths?: number
  readonly churchMember: boolean
  readonly monthlyAllowanceCents?: number
  readonly yearAllowanceCents?: number
  readonly monthlyAdditionCents?: number
  readonly yearAdditionCents?: number
  /** Expected wage of the year without one-off payments still to come; estimated from the contract where absent. */
  readonly expectedYearWageCents?: number
}

/** The 2 % of a mini-job instead of a tax card; the employer owes it and may pass it on. */
export type FlatTax = { readonly flatTaxPaidBy: 'employer' | 'employee' }

export type StatutoryHealth = {
  readonly kind: 'statutory'
  /** The fund's additional rate in full, in hundred-thousandths: 2_900 is 2.9 %. */
  readonly additionalRate: Rate
  /** Above the annual-earnings limit and insured by choice; the employer pays the whole contribution to the fund. */
  readonly voluntary?: boolean
}

export type PrivateHealth = {
  readonly kind: 'private'
  /** Monthly premium for health cover that the employer's subsidy is measured by. */
  readonly healthPremiumCents: number
  /** Monthly premium for compulsory private care insurance. */
  readonly carePremiumCents: number
  /** The part of both premiums that the wage tax deducts, as retrieved for the month. */
  readonly basicPremiumCents: number
  /** Freed from insurance although the pay is below the limit (§ 8 SGB V, § 6 Abs. 3a SGB V). */
  readonly exempted?: boolean
}

/** Rates the employer's fund charges it with. */
export type Employer = {
  /** For continued pay in sickness; null where the employer is too large to take part. */
  readonly u1Rate: Rate | null
  /** For maternity. */
  readonly u2Rate: Rate
  /** False for employers that cannot become insolvent, such as public bodies (§ 358 Abs. 1 Satz 2 SGB III). */
  readonly insolvencyLevy: boolean
}
