import type { Earning } from './earning.ts'
import type { InsuredMonth } from './insuredMonth.ts'
import type { WithheldTax } from './withheldTax.ts'

/**
 * - `earning`: part of the gross pay
 * - `deduction`: kept back from it
 * - `subsidy`: paid by the employer on top, free of tax
 * - `employer`: borne by the employer alone, not paid to the employee
 */
export type LineSide = 'earning' | 'deduction' | 'subsidy' | 'employer'

/** One line of a payslip. */
export type PayslipLine = {
  readonly side: LineSide
  /** Beitragsgruppe of a contribution, else the name in capitals; the same line has the same code on every payslip. */
  readonly code: string
  /** Legal name, as it is printed. */
  readonly name: string
  /** What the amount was taken from, where it was taken from something. */
  readonly baseCents: number | null
  readonly cents: number
  /** Year whose law it follows. */
  readonly year: number
  /** Where it is written; empty for what was agreed. */
  readonly source: string
}

type Legal = { readonly name: string; readonly source: string }

/** Legal name and source of each contribution by its Beitragsgruppe. */
const CONTRIBUTIONS: Readonly<Record<string, Legal>> = {
  '1000': { name: 'Krankenversicherung, allgemeiner Beitrag', source: '§§ 241, 249 SGB V' },
  '3000': { name: 'Krankenversicherung, ermäßigter Beitrag', source: '§§ 243, 249 SGB V' },
  '6000': { name: 'Krankenversicherung, Pauschalbeitrag', source: '§ 249b SGB V' },
  '9000': { name: 'Krankenversicherung, freiwillig (Firmenzahler)', source: '§§ 241, 257 Abs. 1 SGB V' },
  ZBP: { name: 'Krankenversicherung, Zusatzbeitrag', source: '§§ 242, 249 SGB V' },
  ZBF: { name: 'Krankenversicherung, Zusatzbeitrag (freiwillig)', source: '§§ 242, 257 Abs. 1 SGB V' },
  '0001': { name: 'Pflegeversicherung', source: '§§ 55, 58 SGB XI' },
  '0100': { name: 'Rentenversicherung', source: '§§ 158, 168 SGB VI' },
  '0300': { name: 'Rentenversicherung, Arbeitgeberanteil', source: '§ 172 Abs. 1 SGB VI' },
  '0500': { name: 'Rentenversicherung, Pauschalbeitrag', source: '§ 172 Abs. 3 SGB VI' },
  '0010': { name: 'Arbeitslosenversicherung', source: '§§ 341, 346 Abs. 1 SGB III' },
  '0020': { name: 'Arbeitslosenversicherung, Arbeitgeberanteil', source: '§ 346 Abs. 3 SGB III' },
  U1: { name: 'Umlage U1, Krankheit', source: '§ 7 AAG' },
  U2: { name: 'Umlage U2, Mutterschaft', source: '§ 7 AAG' },
  '0050': { name: 'Insolvenzgeldumlage', source: '§§ 358, 360 SGB III' },
}

const EARNING_CODES = { regular: 'LAUFEND', oneOff: 'EINMALIG', exempt: 'FREI' } as const

/** The lines of what was earned. */
export function earningLines(earnings: readonly Earning[], year: number): PayslipLine[] {
  return earnings.map(({ name, kind, cents }) => {
    const source = kind === 'oneOff' ? '§ 23a SGB IV, § 39b Abs. 3 EStG' : ''
    return { side: 'earning', code: EARNING_CODES[kind], name, baseCents: null, cents, year, source }
  })
}

/** The lines of contributions and levies: what is kept back, and what the employer adds. */
export function contributionLines({ contributions }: InsuredMonth): PayslipLine[] {
  return contributions.flatMap(({ group, baseCents, year, employeeCents, employerCents }) => {
    const { name, source } = legal(group)
    const line = { code: group, name, baseCents, year, source }
    const lines: PayslipLine[] = []
    if (employeeCents !== 0) lines.push({ ...line, side: 'deduction', cents: employeeCents })
    if (employerCents !== 0) lines.push({ ...line, side: 'employer', cents: employerCents })
    return lines
  })
}

/** Legal name and source of a Beitragsgruppe. */
export function legal(group: string): Legal {
  const found = CONTRIBUTIONS[group]
  if (!found) throw new RangeError(`no contribution has the group ${group}`)
  return found
}

/** The lines of the subsidies to private insurance. */
export function subsidyLines({ subsidy }: InsuredMonth, year: number): PayslipLine[] {
  return present([
    subsidyLine(
      'ZUSCHUSS_KV',
      'Zuschuss zur privaten Krankenversicherung',
      subsidy.healthCents,
      '§ 257 Abs. 2 SGB V',
      year,
    ),
    subsidyLine(
      'ZUSCHUSS_PV',
      'Zuschuss zur privaten Pflegeversicherung',
      subsidy.careCents,
      '§ 61 Abs. 2 SGB XI',
      year,
    ),
  ])
}

function subsidyLine(code: string, name: string, cents: number, source: string, year: number): PayslipLine {
  return { side: 'subsidy', code, name, baseCents: null, cents, year, source: `${source}, § 3 Nr. 62 EStG` }
}

const CHURCH = '§ 51a EStG and the church tax act of the state'

/** The lines of tax kept back by a tax card. */
export function taxLines(
  tax: WithheldTax,
  base: { regularCents: number; oneOffCents: number },
  year: number,
): PayslipLine[] {
  const line = (code: string, name: string, cents: number, baseCents: number, source: string): PayslipLine => {
    return { side: 'deduction', code, name, baseCents, cents, year, source }
  }
  const { regularCents: regular, oneOffCents: special } = base
  return present([
    line('LST', 'Lohnsteuer', tax.taxCents, regular, '§ 39b Abs. 2 EStG'),
    line('LST_SB', 'Lohnsteuer auf sonstige Bezüge', tax.specialTaxCents, special, '§ 39b Abs. 3 EStG'),
    line('SOLZ', 'Solidaritätszuschlag', tax.solidarityCents, tax.taxCents, '§§ 3, 4 SolZG'),
    line(
      'SOLZ_SB',
      'Solidaritätszuschlag auf sonstige Bezüge',
      tax.specialSolidarityCents,
      tax.specialTaxCents,
      '§§ 3, 4 SolZG',
    ),
    line('KIST', 'Kirchensteuer', tax.churchCents, tax.churchBaseCents, CHURCH),
    line('KIST_SB', 'Kirchensteuer auf sonstige Bezüge', tax.specialChurchCents, tax.specialChurchBaseCents, CHURCH),
  ])
}

/** The line of a mini-job's flat tax: a cost of the employer, or kept back where the employee bears it. */
export function flatTaxLines(
  cents: number,
  baseCents: number,
  paidBy: 'employer' | 'employee',
  year: number,
): PayslipLine[] {
  const side = paidBy === 'employer' ? 'employer' : 'deduction'
  return present([
    { side, code: 'ST', name: 'Einheitliche Pauschsteuer', baseCents, cents, year, source: '§ 40a Abs. 2 EStG' },
  ])
}

function present(lines: readonly PayslipLine[]): PayslipLine[] {
  return lines.filter(({ cents }) => cents !== 0)
}
