import type { Rate } from '../arithmetic.ts'

/** The span a wage is paid for, and for which its tax is withheld (Lohnzahlungszeitraum). */
export type PayPeriod = 'year' | 'month' | 'week' | 'day'

/** I to VI (Steuerklasse). */
export type TaxClass = 1 | 2 | 3 | 4 | 5 | 6

/** What the wage tax depends on. Amounts are whole cents; in brackets the name in the Programmablaufplan. */
export type WageTaxInput = {
  /** [LZZ] */
  readonly period: PayPeriod
  /** [STKL] */
  readonly taxClass: TaxClass
  /** [F with AF] The factor of class IV in thousandths; 1_000 without one. */
  readonly factorThousandths: number
  /** [ZKF] Child allowances in tenths: 15 is 1.5. They lower solidarity surcharge and church tax alone. */
  readonly childAllowanceTenths: number
  /** [R > 0] Whether the church's tax base is wanted. */
  readonly churchMember: boolean

  /** [RE4] Regular wage of the period. */
  readonly wageCents: number
  /** [LZZFREIB] Allowance of the period. */
  readonly allowanceCents: number
  /** [LZZHINZU] Addition of the period. */
  readonly additionCents: number
  /** [JFREIB] Allowance of the year, used for special payments. */
  readonly yearAllowanceCents: number
  /** [JHINZU] Addition of the year, used for special payments. */
  readonly yearAdditionCents: number

  /** [SONSTB] Special payment (sonstiger Bezug). */
  readonly specialCents: number
  /** [SONSTENT] Compensation for lost wages within it (§ 24 Nr. 1 EStG). */
  readonly specialCompensationCents: number
  /** [MBV] Untaxed benefit from a share in the employer's company (§ 19a Abs. 1 Satz 4 EStG). */
  readonly untaxedShareCents: number
  /** [JRE4] Expected wage of the year without the special payment. */
  readonly yearWageCents: number
  /** [JRE4ENT] Compensation for lost wages within it. */
  readonly yearCompensationCents: number

  /** [ALTER1] Whether the 64th year of life was completed before the year began. */
  readonly ageRelief: boolean
  /** [AJAHR] The year after that. */
  readonly ageReliefYear: number

  /** What of all this is a pension paid by a former employer (Versorgungsbezüge). */
  readonly pension: PensionInput
  /** What is deducted as provision for health, care, old age and unemployment. */
  readonly provision: ProvisionInput
}

export type PensionInput = {
  /** [VBEZ] Within the wage of the period. */
  readonly periodCents: number
  /** [VBS] Within the special payment. */
  readonly specialCents: number
  /** [STERBE] Death benefit or lump sum within the special payment. */
  readonly deathBenefitCents: number
  /** [JVBEZ] Within the expected wage of the year. */
  readonly yearCents: number
  /** [VBEZM] Pension of the first full month. */
  readonly firstMonthCents: number
  /** [VBEZS] Expected special pension payments of the first year. */
  readonly firstYearSpecialsCents: number
  /** [VJAHR] Year of the first pension payment. */
  readonly firstYear: number
  /** [ZMVB] Months of pension in the year; the plan asks for it with a yearly period alone. */
  readonly months: number
}

export type ProvisionInput = {
  /** [KRV = 0] In the statutory pension insurance or a profession's own. */
  readonly pensionInsured: boolean
  /** [ALV = 0] In the statutory unemployment insurance. */
  readonly unemploymentInsured: boolean
  /** [PKV = 1] Insured privately for health and care. */
  readonly privatelyInsured: boolean
  /** [PKPV] Monthly premium for private basic cover. */
  readonly privatePremiumCents: number
  /** [PKPVAGZ] The employer's monthly subsidy to it. */
  readonly privateSubsidyCents: number
  /** [KVZ] The fund's additional rate, in full. */
  readonly additionalHealthRate: Rate
  /** [PVS] Care insurance by Saxony's split. */
  readonly saxony: boolean
  /** [PVZ] Pays the supplement of the childless. */
  readonly childless: boolean
  /** [PVA] Number of discounts for the second to fifth child, 0 to 4. */
  readonly childDiscounts: number
}

/** What is to be withheld. Whole cents; in brackets the name in the Programmablaufplan. */
export type WageTaxResult = {
  /** [LSTLZZ] Wage tax of the period. */
  readonly taxCents: number
  /** [SOLZLZZ] Solidarity surcharge of the period. */
  readonly solidarityCents: number
  /** [BK] What the church takes its percentage of, for the period. */
  readonly churchBaseCents: number
  /** [STS] Wage tax on the special payment. */
  readonly specialTaxCents: number
  /** [SOLZS] Solidarity surcharge on the special payment. */
  readonly specialSolidarityCents: number
  /** [BKS] What the church takes its percentage of, for the special payment. */
  readonly specialChurchBaseCents: number
  /** Allowances used and income left above the basic allowance, which treaties on double taxation ask for. */
  readonly treaty: TreatyFigures
}

export type TreatyFigures = {
  /** [VFRB] Allowances used by the regular wage. */
  readonly regularAllowancesCents: number
  /** [VFRBS1] Allowances used by the expected wage of the year. */
  readonly yearAllowancesCents: number
  /** [VFRBS2] Allowances used by the special payment in addition. */
  readonly specialAllowancesCents: number
  /** [WVFRB] Taxable income above the basic allowance, regular wage. */
  readonly regularExcessCents: number
  /** [WVFRBO] The same for the expected wage of the year. */
  readonly yearExcessCents: number
  /** [WVFRBM] The same with the special payment. */
  readonly specialExcessCents: number
}
