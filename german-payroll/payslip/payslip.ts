import { monthOf, monthPart, yearOf } from '../calendar.ts'
import { contributionCents } from '../social-insurance/shares.ts'
import { checkInput } from './checkInput.ts'
import type { Earning, EarningKind } from './earning.ts'
import type { PayslipInput } from './input.ts'
import { remainder } from './instalment.ts'
import { type InsuredMonth, insuredMonth, type MonthFacts } from './insuredMonth.ts'
import {
  contributionLines,
  earningLines,
  flatTaxLines,
  type LineSide,
  type PayslipLine,
  subsidyLines,
  taxLines,
} from './lines.ts'
import { noticesOf } from './notices.ts'
import type { Payslip } from './result.ts'
import { withheldTax } from './withheldTax.ts'

/**
 * Makes a month's payslip: from gross to net, with every deduction, and with what the employer pays on top.
 *
 * Refuses with InputError what no payslip can be made of: a law of another year, a month outside the employment, a
 * mini-job above its limit or other work below it, an amount that is not a whole number of cents, a field that is
 * missing or none of its choices.
 */
export function payslip(input: PayslipInput): Payslip {
  checkInput(input)
  const { earlierPayslips = [], earnings } = input.month
  if (earlierPayslips.length === 0) return wholeMonth(input)
  const all = [...earlierPayslips.flatMap((earlier) => earlier.earnings), ...earnings]
  const whole = wholeMonth({ ...input, month: { ...input.month, earnings: all } })
  return { ...remainder(whole, earlierPayslips), earnings }
}

function wholeMonth(input: PayslipInput): Payslip {
  const facts = factsOf(input)
  const insured = insuredMonth(facts)
  const lines = linesOf(input, facts, insured)
  const totals = totalsOf(lines)
  const { contract, law, month } = input
  return {
    month: month.month,
    insuredDays: facts.part.insuredDays,
    earnings: month.earnings,
    lines,
    ...totals,
    contributions: insured.contributions,
    notices: noticesOf(contract, { ...facts, workedMinutes: month.workedMinutes }, law),
    yearToDate: {
      taxableCents: input.yearToDate.taxableCents + facts.regularCents + facts.oneOffCents,
      health: insured.health,
      pension: insured.pension,
    },
    previousYear: insured.previousYear,
  }
}

function factsOf({ contract, month, law, yearToDate, previousYear }: PayslipInput): MonthFacts {
  const index = monthOf(month.month)
  return {
    contract,
    month: index,
    part: monthPart(index, contract.startsOn, contract.endsOn),
    regularCents: sumOf(month.earnings, 'regular'),
    oneOffCents: sumOf(month.earnings, 'oneOff'),
    yearToDate,
    previousYear,
    law,
  }
}

function linesOf(input: PayslipInput, facts: MonthFacts, insured: InsuredMonth): PayslipLine[] {
  const year = yearOf(facts.month)
  return [
    ...earningLines(input.month.earnings, year),
    ...taxLinesOf(input, facts, insured, year),
    ...contributionLines(insured),
    ...subsidyLines(insured, year),
  ]
}

function taxLinesOf(input: PayslipInput, facts: MonthFacts, insured: InsuredMonth, year: number): PayslipLine[] {
  const { contract, law } = input
  const { tax } = contract
  if ('flatTaxPaidBy' in tax) {
    const baseCents = facts.regularCents + facts.oneOffCents
    return flatTaxLines(contributionCents(baseCents, law.miniJobTaxRate), baseCents, tax.flatTaxPaidBy, year)
  }
  const { coverage, monthlySubsidy } = insured
  return taxLines(withheldTax({ ...facts, card: tax, coverage, monthlySubsidy }, law), facts, year)
}

function totalsOf(lines: readonly PayslipLine[]) {
  const sums: Record<LineSide, number> = { earning: 0, deduction: 0, subsidy: 0, employer: 0 }
  for (const { side, cents } of lines) sums[side] += cents
  const netCents = sums.earning - sums.deduction
  return {
    grossCents: sums.earning,
    deductionsCents: sums.deduction,
    netCents,
    payoutCents: netCents + sums.subsidy,
    employerCostCents: sums.earning + sums.employer + sums.subsidy,
  }
}

function sumOf(earnings: readonly Earning[], kind: EarningKind): number {
  let cents = 0
  for (const earning of earnings) if (earning.kind === kind) cents += earning.cents
  return cents
}
