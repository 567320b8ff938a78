import type { Contribution } from '../social-insurance/contributions.ts'
import type { PayslipLine } from './lines.ts'
import type { Payslip } from './result.ts'

/**
 * What is still to be settled of a month: the payslip of all its pay less the payslips already made for it. A line that
 * has become too high comes out negative. Together the payslips of a month are the month, to the cent.
 */
export function remainder(whole: Payslip, earlier: readonly Payslip[]): Payslip {
  const sum = (of: (paid: Payslip) => number) => earlier.reduce((cents, paid) => cents + of(paid), 0)
  return {
    ...whole,
    lines: remainingLines(
      whole.lines,
      earlier.flatMap(({ lines }) => lines),
    ),
    grossCents: whole.grossCents - sum(({ grossCents }) => grossCents),
    deductionsCents: whole.deductionsCents - sum(({ deductionsCents }) => deductionsCents),
    netCents: whole.netCents - sum(({ netCents }) => netCents),
    payoutCents: whole.payoutCents - sum(({ payoutCents }) => payoutCents),
    employerCostCents: whole.employerCostCents - sum(({ employerCostCents }) => employerCostCents),
    contributions: remainingContributions(
      whole.contributions,
      earlier.flatMap(({ contributions }) => contributions),
    ),
  }
}

function remainingLines(whole: readonly PayslipLine[], earlier: readonly PayslipLine[]): PayslipLine[] {
  const left = new Map<string, PayslipLine>()
  const add = (line: PayslipLine, sign: 1 | -1) => {
    const key = `${line.side} ${line.code} ${line.name} ${line.year}`
    const before = left.get(key)
    const baseCents = line.baseCents === null ? null : (before?.baseCents ?? 0) + sign * line.baseCents
    left.set(key, { ...line, baseCents, cents: (before?.cents ?? 0) + sign * line.cents })
  }
  for (const line of whole) add(line, 1)
  for (const line of earlier) add(line, -1)
  return [...left.values()].filter(({ cents }) => cents !== 0)
}

function remainingContributions(whole: readonly Contribution[], earlier: readonly Contribution[]): Contribution[] {
  const left = new Map<string, Contribution>()
  const add = (one: Contribution, sign: 1 | -1) => {
    const key = `${one.group} ${one.year}`
    const before = left.get(key)
    left.set(key, {
      ...one,
      baseCents: (before?.baseCents ?? 0) + sign * one.baseCents,
      employeeCents: (before?.employeeCents ?? 0) + sign * one.employeeCents,
      employerCents: (before?.employerCents ?? 0) + sign * one.employerCents,
      totalCents: (before?.totalCents ?? 0) + sign * one.totalCents,
    })
  }
  for (const one of whole) add(one, 1)
  for (const one of earlier) add(one, -1)
  return [...left.values()]
}
