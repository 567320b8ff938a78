import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Contract } from '../contract.ts'
import { law2026, socialInsurance2025Law } from '../parameters/law.ts'
import { fundStatement } from './fundStatement.ts'
import type { PayslipInput } from './input.ts'
import { payslip } from './payslip.ts'
import type { Payslip } from './result.ts'
import { anyContract } from './testing/arbitraries.ts'
import { inputOf, oneOff, regular } from './testing/contracts.ts'
import { NO_EARLIER_MONTHS } from './yearToDate.ts'

const used = { insuredDays: 360, baseCents: 4_000_000 }
const previousYear = { law: socialInsurance2025Law, additionalRate: 2_500, health: used, pension: used }

/** Any contract in any month, with or without a one-off payment, some of which go back a year. */
const anyInput: fc.Arbitrary<PayslipInput> = fc
  .record({
    contract: anyContract,
    month: fc.constantFrom('2026-01', '2026-02', '2026-03', '2026-07', '2026-12'),
    bonusCents: fc.constantFrom(0, 0, 45_678, 700_000, 6_000_000),
    startsOn: fc.constantFrom('2020-01-01', '2020-01-01', '2026-01-12'),
  })
  .map(({ contract, month, bonusCents, startsOn }) =>
    inputOf(
      { ...contract, startsOn },
      {
        month: { month, earnings: [regular(contract.monthlyPayCents), oneOff(bonusCents)] },
        ...(startsOn < '2026' ? { previousYear } : {}),
      },
    ),
  )

function sumOf(paid: Payslip, side: string): number {
  return paid.lines.filter((line) => line.side === side).reduce((sum, { cents }) => sum + cents, 0)
}

describe('every payslip', () => {
  it('adds up: net and all deductions are the gross, to the cent', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const paid = payslip(input)
        expect(paid.netCents + sumOf(paid, 'deduction')).toBe(paid.grossCents)
        expect(paid.payoutCents - sumOf(paid, 'subsidy')).toBe(paid.netCents)
        expect(paid.employerCostCents - sumOf(paid, 'employer') - sumOf(paid, 'subsidy')).toBe(paid.grossCents)
      }),
      { numRuns: 1_000 },
    )
  })

  it('is whole cents, none of them negative but what a mini-jobber tops up', () => {
    fc.assert(
      fc.property(anyInput, (input) => {
        const paid = payslip(input)
        for (const { cents } of paid.lines) expect(Number.isSafeInteger(cents) && cents >= 0).toBe(true)
        if (input.contract.kind !== 'miniJob') expect(paid.netCents).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })

  it("sends the fund exactly the employees' and the employers' shares", () => {
    fc.assert(
      fc.property(fc.array(anyInput, { minLength: 1, maxLength: 5 }), (inputs) => {
        const paid = inputs.map((input) => payslip(input))
        const shares = new Map<string, number>()
        for (const { code, year, cents } of paid.flatMap(({ lines }) => lines))
          shares.set(`${year} ${code}`, (shares.get(`${year} ${code}`) ?? 0) + cents)
        for (const { group, year, cents } of fundStatement(paid)) expect(cents).toBe(shares.get(`${year} ${group}`))
        const groups = fundStatement(paid).map(({ group, year }) => `${year} ${group}`)
        const owed = paid.flatMap(({ contributions }) => contributions.filter(({ totalCents }) => totalCents !== 0))
        for (const { group, year } of owed) expect(groups).toContain(`${year} ${group}`)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps back no less tax when the gross rises by a euro or more', () => {
    const taxOf = (paid: Payslip) =>
      paid.lines
        .filter(({ side, code }) => side === 'deduction' && /^(LST|SOLZ|KIST)/.test(code))
        .reduce((sum, { cents }) => sum + cents, 0)
    const rise = fc.integer({ min: 100, max: 900_000 })
    fc.assert(
      fc.property(anyContract, rise, (contract, more) => {
        const pay = contract.monthlyPayCents
        const earning = (cents: number) =>
          payslip(inputOf(contract, { month: { month: '2026-05', earnings: [regular(cents)] } }))
        expect(taxOf(earning(pay + more))).toBeGreaterThanOrEqual(taxOf(earning(pay)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('moves the ceilings on: twelve months owe on no more than a year', () => {
    const bonus = fc.integer({ min: 0, max: 9_000_000 })
    fc.assert(
      fc.property(anyContract, bonus, (contract, bonusCents) => {
        let yearToDate = NO_EARLIER_MONTHS
        for (let month = 1; month <= 12; month++) {
          const earnings = [regular(contract.monthlyPayCents), oneOff(month % 4 === 0 ? bonusCents : 0)]
          const name = `2026-${String(month).padStart(2, '0')}`
          yearToDate = payslip(inputOf(contract, { month: { month: name, earnings }, yearToDate })).yearToDate
        }
        expect(yearToDate.pension.insuredDays).toBe(360)
        expect(yearToDate.pension.baseCents).toBeLessThanOrEqual(law2026.pensionCeilingYearCents)
        expect(yearToDate.health.baseCents).toBeLessThanOrEqual(law2026.healthCeilingYearCents)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a month in two halves', () => {
  it('is the month: paid as two instalments it has every line of the month, to the cent', () => {
    const share = fc.integer({ min: 0, max: 100 })
    fc.assert(
      fc.property(anyInput, share, (input, percentage) => {
        const [whole, first, second] = instalments(input, percentage)
        const together = new Map<string, number>()
        for (const { side, code, name, year, cents } of [...first.lines, ...second.lines]) {
          const key = `${side} ${code} ${name} ${year}`
          together.set(key, (together.get(key) ?? 0) + cents)
        }
        for (const [key, cents] of together) if (cents === 0) together.delete(key)
        const lines = whole.lines.filter(({ cents }) => cents !== 0)
        const expected = lines.map(({ side, code, name, year, cents }) => [`${side} ${code} ${name} ${year}`, cents])
        expect([...together].sort()).toEqual(expected.sort())
        expect(first.netCents + second.netCents).toBe(whole.netCents)
        expect(first.payoutCents + second.payoutCents).toBe(whole.payoutCents)
        expect(fundStatement([first, second]).filter(({ cents }) => cents !== 0)).toEqual(fundStatement([whole]))
        expect(second.yearToDate).toEqual(whole.yearToDate)
      }),
      { numRuns: 500 },
    )
  })

  it('is the month when the employment changes in between: days and contributory pay, to the cent', () => {
    fc.assert(
      fc.property(anyContract, (contract) => {
        const [whole, first, second] = successiveEmployments(contract)
        expect(first.insuredDays + second.insuredDays).toBe(whole.insuredDays)
        expect(first.grossCents + second.grossCents).toBe(whole.grossCents)
        expect(second.yearToDate).toEqual(whole.yearToDate)
      }),
      { numRuns: 500 },
    )
  })

  it('then differs in a contribution by no more than the cents that rounding twice may leave', () => {
    const byGroup = (paid: Payslip) =>
      new Map(paid.contributions.map((each) => [each.group, [each.employeeCents, each.employerCents]]))
    fc.assert(
      fc.property(anyContract, (contract) => {
        const [whole, first, second] = successiveEmployments(contract)
        const [one, other] = [byGroup(first), byGroup(second)]
        // Doubled halves and a remainder for the employer: the transition zone rounds thrice.
        const tolerance = contract.monthlyPayCents > 200_000 ? 1 : 4
        for (const [group, shares] of byGroup(whole))
          shares.forEach((cents, side) => {
            const sum = (one.get(group)?.[side] ?? 0) + (other.get(group)?.[side] ?? 0)
            expect(Math.abs(sum - cents), `${group} ${side}`).toBeLessThanOrEqual(tolerance)
          })
      }),
      { numRuns: 500 },
    )
  })
})

/** A month at once, and its two payslips when a part of each earning is paid first and the rest later. */
function instalments(input: PayslipInput, percentage: number): [Payslip, Payslip, Payslip] {
  const { month, earnings } = input.month
  const first = earnings.map((earning) => ({ ...earning, cents: Math.floor((earning.cents * percentage) / 100) }))
  const second = earnings.map((earning, index) => ({ ...earning, cents: earning.cents - (first[index]?.cents ?? 0) }))
  const early = payslip({ ...input, month: { month, earnings: first } })
  const late = payslip({ ...input, month: { month, earnings: second, earlierPayslips: [early] } })
  return [payslip(input), early, late]
}

/** June at once, and as two employments at the same employer to the 15th and from the 16th. */
function successiveEmployments(contract: Contract): [Payslip, Payslip, Payslip] {
  const cents = contract.monthlyPayCents
  const half = Math.floor(cents / 2)
  const of = (part: Partial<Contract>, pay: number, yearToDate = NO_EARLIER_MONTHS) =>
    payslip(inputOf({ ...contract, ...part }, { month: { month: '2026-06', earnings: [regular(pay)] }, yearToDate }))
  const first = of({ endsOn: '2026-06-15' }, half)
  return [of({}, cents), first, of({ startsOn: '2026-06-16' }, cents - half, first.yearToDate)]
}
