import { legal } from './lines.ts'
import type { Payslip } from './result.ts'

/** One line of what an employer reports and transfers to a fund. */
export type StatementLine = {
  /** Beitragsgruppe; `ST` is the flat tax of mini-jobs, which their fund collects too. */
  readonly group: string
  readonly name: string
  readonly year: number
  readonly cents: number
}

/**
 * The statement to one fund (Beitragsnachweis, § 28f Abs. 3 SGB IV): the contributions of those of its members whose
 * payslips are given, added up by group and year.
 */
export function fundStatement(payslips: readonly Payslip[]): StatementLine[] {
  const lines = new Map<string, StatementLine>()
  const add = (line: StatementLine) => {
    const key = `${line.year} ${line.group}`
    lines.set(key, { ...line, cents: (lines.get(key)?.cents ?? 0) + line.cents })
  }
  for (const { contributions, lines: ofPayslip } of payslips) {
    for (const { group, year, totalCents } of contributions)
      if (totalCents !== 0) add({ group, name: legal(group).name, year, cents: totalCents })
    for (const { code, name, year, cents } of ofPayslip) if (code === 'ST') add({ group: code, name, year, cents })
  }
  return [...lines.values()].sort((one, other) => one.year - other.year || (one.group < other.group ? -1 : 1))
}
