import { describe, expect, it } from 'vitest'
import type { Contract, PrivateHealth } from '../contract.ts'
import { InputError } from '../inputError.ts'
import { socialInsurance2025Law } from '../parameters/law.ts'
import { churchTaxCents } from './churchTax.ts'
import { fundStatement } from './fundStatement.ts'
import type { PayslipInput } from './input.ts'
import { payslip } from './payslip.ts'
import type { Payslip } from './result.ts'
import { employee, inputOf, oneOff, regular } from './testing/contracts.ts'

const privately: PrivateHealth = {
  kind: 'private',
  healthPremiumCents: 120_000,
  carePremiumCents: 24_000,
  basicPremiumCents: 100_000,
}
const miniJob: Contract = {
  ...employee,
  kind: 'miniJob',
  monthlyPayCents: 55_000,
  tax: { flatTaxPaidBy: 'employer' },
  employer: { u1Rate: 800, u2Rate: 220, insolvencyLevy: true },
}

function amounts(paid: Payslip, side: string): Record<string, number> {
  return Object.fromEntries(paid.lines.filter((line) => line.side === side).map(({ code, cents }) => [code, cents]))
}

describe('a payslip', () => {
  it('of 4,000 euros in class I without children', () => {
    const paid = payslip(inputOf(employee))
    expect(amounts(paid, 'deduction')).toEqual({
      LST: 52_450,
      '1000': 29_200,
      ZBP: 5_800,
      '0001': 9_600,
      '0100': 37_200,
      '0010': 5_200,
    })
    expect(amounts(paid, 'employer')).toEqual({
      '1000': 29_200,
      ZBP: 5_800,
      '0001': 7_200,
      '0100': 37_200,
      '0010': 5_200,
      U1: 6_400,
      U2: 1_760,
      '0050': 600,
    })
    expect(paid).toMatchObject({ grossCents: 400_000, netCents: 260_550, payoutCents: 260_550, insuredDays: 30 })
  })

  it('names every line by its legal name and says where it is written', () => {
    const { lines } = payslip(inputOf(employee))
    expect(lines.find(({ code }) => code === '0100')).toMatchObject({
      name: 'Rentenversicherung',
      source: '§§ 158, 168 SGB VI',
      baseCents: 400_000,
    })
    for (const { name, source, side } of lines) expect(name !== '' && (source !== '' || side === 'earning')).toBe(true)
  })

  it('ends at the ceilings', () => {
    const paid = payslip(inputOf({ ...employee, monthlyPayCents: 1_000_000 }))
    expect(amounts(paid, 'deduction')).toMatchObject({
      '1000': 42_431,
      ZBP: 8_428,
      '0001': 13_950,
      '0100': 78_585,
      '0010': 10_985,
    })
  })

  it('of a mini-job costs the employer its flat rates and levies', () => {
    const paid = payslip(inputOf({ ...miniJob, pensionChoice: 'optedOut' }))
    expect(amounts(paid, 'employer')).toEqual({
      '6000': 7_150,
      '0500': 8_250,
      ST: 1_100,
      U1: 440,
      U2: 121,
      '0050': 83,
    })
    expect(paid.netCents).toBe(55_000)
  })

  it('of a mini-job may pass the flat tax on', () => {
    const paid = payslip(inputOf({ ...miniJob, pensionChoice: 'optedOut', tax: { flatTaxPaidBy: 'employee' } }))
    expect(amounts(paid, 'deduction')).toEqual({ ST: 1_100 })
  })

  it('of the transition zone takes the levies from the reduced base too', () => {
    const paid = payslip(inputOf({ ...employee, monthlyPayCents: 100_000 }))
    const bases = paid.lines.filter(({ code }) => ['0100', 'U1', 'U2', '0050'].includes(code))
    expect(new Set(bases.map(({ baseCents }) => baseCents))).toEqual(new Set([85_406]))
  })

  it('of an apprentice knows no transition zone', () => {
    const paid = payslip(inputOf({ ...employee, kind: 'apprentice', monthlyPayCents: 100_000 }))
    expect(amounts(paid, 'deduction')['1000']).toBe(7_300)
  })

  it('of a mini-job sends its fund the flat tax too', () => {
    const statement = fundStatement([payslip(inputOf(miniJob)), payslip(inputOf(miniJob))])
    expect(statement).toContainEqual({ group: 'ST', name: 'Einheitliche Pauschsteuer', year: 2026, cents: 2_200 })
    expect(statement).toContainEqual({ group: '0100', name: 'Rentenversicherung', year: 2026, cents: 20_460 })
  })

  it('of a mini-job may be taxed by card', () => {
    const paid = payslip(inputOf({ ...miniJob, tax: { taxClass: 6, churchMember: false } }))
    expect(amounts(paid, 'deduction').LST).toBeGreaterThan(0)
    expect(amounts(paid, 'employer')).not.toHaveProperty('ST')
  })

  it('adds the church tax of the state', () => {
    const tax = { taxClass: 1 as const, churchMember: true }
    expect(amounts(payslip(inputOf({ ...employee, tax })), 'deduction').KIST).toBe(4_720)
    expect(amounts(payslip(inputOf({ ...employee, tax, state: 'BY' })), 'deduction').KIST).toBe(4_196)
    expect(amounts(payslip(inputOf({ ...employee, tax, state: 'BW' })), 'deduction').KIST).toBe(4_196)
    expect(churchTaxCents(36_566, 'NW')).toBe(3_290)
  })

  it('pays half of a private premium, at most what the employer would bear by law', () => {
    const manager = { ...employee, monthlyPayCents: 700_000, health: privately }
    expect(amounts(payslip(inputOf(manager)), 'subsidy')).toEqual({ ZUSCHUSS_KV: 50_859, ZUSCHUSS_PV: 10_463 })
    expect(amounts(payslip(inputOf({ ...manager, state: 'SN' })), 'subsidy').ZUSCHUSS_PV).toBe(7_556)
    const cheap = { ...manager, health: { ...privately, healthPremiumCents: 60_001, carePremiumCents: 8_000 } }
    expect(amounts(payslip(inputOf(cheap)), 'subsidy')).toEqual({ ZUSCHUSS_KV: 30_000, ZUSCHUSS_PV: 4_000 })
    const pensioner = { ...manager, person: { birthDate: '1950-01-15', childBirthDates: [], fullOldAgePension: true } }
    expect(amounts(payslip(inputOf(pensioner)), 'subsidy').ZUSCHUSS_KV).toBe(49_116)
  })

  it('pays no subsidy to a private insurance that a working student or mini-jobber chose', () => {
    const student: Contract = { ...employee, kind: 'workingStudent', monthlyPayCents: 120_000, health: privately }
    expect(amounts(payslip(inputOf(student)), 'subsidy')).toEqual({})
    expect(amounts(payslip(inputOf({ ...miniJob, health: privately })), 'subsidy')).toEqual({})
  })

  it('asks the voluntarily insured for the whole ceiling, whatever a month brings', () => {
    const manager = { ...employee, monthlyPayCents: 700_000, health: { ...statutory(), voluntary: true } }
    const short = inputOf(manager, { month: { month: '2026-05', earnings: [regular(100_000)] } })
    for (const input of [inputOf(manager), short])
      expect(amounts(payslip(input), 'deduction')).toMatchObject({ '9000': 42_431, ZBF: 8_428 })
  })

  it('takes refunded expenses neither for tax nor for contributions', () => {
    const earnings = [regular(400_000), { name: 'Reisekosten', kind: 'exempt' as const, cents: 12_345 }]
    const paid = payslip(inputOf(employee, { month: { month: '2026-05', earnings } }))
    expect(paid.netCents).toBe(260_550 + 12_345)
    expect(paid.yearToDate.taxableCents).toBe(400_000)
  })
})

describe('part of a month', () => {
  const starts = { ...employee, startsOn: '2026-03-16' }
  const march = (contract: Contract, cents: number) =>
    payslip(inputOf(contract, { month: { month: '2026-03', earnings: [regular(cents)] } }))

  it('counts its calendar days, a full month thirty whatever its length', () => {
    expect(march(starts, 206_452).insuredDays).toBe(16)
    expect(march(employee, 400_000).insuredDays).toBe(30)
    const february = inputOf(employee, { month: { month: '2026-02', earnings: [regular(400_000)] } })
    expect(payslip(february).insuredDays).toBe(30)
  })

  it('has the ceilings of its days', () => {
    const paid = march({ ...starts, monthlyPayCents: 1_000_000 }, 516_129)
    expect(paid.lines.find(({ code }) => code === '0100')?.baseCents).toBe(450_667)
    expect(paid.lines.find(({ code }) => code === '1000')?.baseCents).toBe(310_000)
  })

  it('is taxed by the day', () => {
    expect(amounts(march(starts, 206_452), 'deduction').LST).toBe(16 * 1_643)
  })
})

describe('a one-off payment', () => {
  const used = { insuredDays: 30, baseCents: 500_000 }
  const february = (bonusCents: number): PayslipInput =>
    inputOf(
      { ...employee, monthlyPayCents: 500_000 },
      {
        month: { month: '2026-02', earnings: [regular(500_000), oneOff(bonusCents)] },
        yearToDate: { taxableCents: 500_000, health: used, pension: used },
        previousYear: {
          law: socialInsurance2025Law,
          additionalRate: 2_500,
          health: { insuredDays: 360, baseCents: 6_000_000 },
          pension: { insuredDays: 360, baseCents: 6_000_000 },
        },
      },
    )

  it('stays in the year while it fits under the ceilings so far', () => {
    const paid = payslip(february(2 * 581_250 - 1_000_000))
    expect(new Set(paid.lines.map(({ year }) => year))).toEqual(new Set([2026]))
  })

  it('belongs to the year before once it exceeds them by a cent before April', () => {
    const paid = payslip(february(2 * 581_250 - 1_000_000 + 1))
    expect(new Set(paid.lines.map(({ year }) => year))).toEqual(new Set([2026, 2025]))
  })

  it('follows the ceilings and rates of the year before, as far as that year left them unused', () => {
    const { lines, previousYear } = payslip(february(1_000_000))
    const back = lines.filter(({ year, side }) => year === 2025 && side === 'deduction')
    expect(back.map(({ code, baseCents, cents }) => [code, baseCents, cents])).toEqual([
      ['1000', 615_000, 44_895],
      ['ZBP', 615_000, 7_688],
      ['0001', 615_000, 14_760],
      ['0100', 1_000_000, 93_000],
      ['0010', 1_000_000, 13_000],
    ])
    expect(previousYear).toMatchObject({ health: { baseCents: 6_615_000 }, pension: { baseCents: 7_000_000 } })
  })

  it('is judged by the pension ceiling where health insurance is not compulsory', () => {
    const input = february(600_000)
    const contract: Contract = { ...input.contract, health: { ...privately, exempted: true } }
    expect(payslip({ ...input, contract }).lines.some(({ year }) => year === 2025)).toBe(false)
    expect(payslip(input).lines.some(({ year }) => year === 2025)).toBe(true)
  })

  it('never goes back in a mini-job', () => {
    const input = february(2_000_000)
    const paid = payslip({ ...input, contract: { ...miniJob, employer: input.contract.employer } })
    expect(paid.contributions.map(({ group, year }) => `${group} ${year}`)).toEqual([
      '6000 2026',
      '0100 2026',
      'U1 2026',
      'U2 2026',
      '0050 2026',
    ])
  })

  it('stays in the year from April on', () => {
    const input = february(1_000_000)
    const april = { ...input, month: { ...input.month, month: '2026-04' } }
    expect(payslip(april).lines.some(({ year }) => year === 2025)).toBe(false)
  })

  it('is taxed by the year', () => {
    expect(amounts(payslip(february(1_000_000)), 'deduction').LST_SB).toBe(283_100)
  })

  it('is free of U1 and U2, though not of the insolvency levy', () => {
    const month = { month: '2026-05', earnings: [regular(400_000), oneOff(100_000)] }
    const { lines } = payslip(inputOf(employee, { month }))
    const baseOf = (group: string) => lines.find(({ code }) => code === group)?.baseCents
    expect(['U1', 'U2', '0050'].map(baseOf)).toEqual([400_000, 400_000, 500_000])
    const back = payslip(february(1_000_000)).contributions.filter(({ year }) => year === 2025)
    expect(back.map(({ group }) => group)).toEqual(['1000', 'ZBP', '0001', '0100', '0010', '0050'])
  })
})

describe('what the employer should look at', () => {
  const codes = (input: PayslipInput) => payslip(input).notices.map(({ code }) => code)
  const worked = (contract: Contract, workedMinutes: number) =>
    inputOf(contract, { month: { month: '2026-05', earnings: [regular(contract.monthlyPayCents)], workedMinutes } })

  it('is pay below 13.90 an hour', () => {
    const hundredHours = { ...employee, monthlyPayCents: 139_000 }
    expect(codes(worked(hundredHours, 6_000))).toEqual([])
    expect(codes(worked(hundredHours, 6_001))).toEqual(['BELOW_MINIMUM_WAGE'])
    expect(codes(worked({ ...hundredHours, kind: 'apprentice' }, 9_600))).toEqual([])
  })

  it('is private insurance without pay above 77,400 a year', () => {
    const paid = (cents: number) => codes(inputOf({ ...employee, monthlyPayCents: cents, health: privately }))
    expect(paid(645_000)).toEqual(['INSURANCE_LIMIT_NOT_EXCEEDED'])
    expect(paid(645_001)).toEqual([])
  })

  it('is compulsory insurance above it', () => {
    expect(codes(inputOf({ ...employee, monthlyPayCents: 645_001 }))).toEqual(['INSURANCE_LIMIT_EXCEEDED'])
  })

  it('is a mini-job above its limit', () => {
    const earnings = [regular(60_301)]
    expect(codes(inputOf(miniJob, { month: { month: '2026-05', earnings } }))).toEqual(['MINI_JOB_LIMIT_EXCEEDED'])
  })

  it('is a one-off payment in a mini-job that was not expected', () => {
    const month = { month: '2026-05', earnings: [regular(55_000), oneOff(5_301)] }
    expect(codes(inputOf(miniJob, { month }))).toEqual(['MINI_JOB_LIMIT_EXCEEDED'])
    expect(codes(inputOf({ ...miniJob, expectedOneOffsYearCents: 5_301 }, { month }))).toEqual([])
  })
})

describe('what is no payslip', () => {
  const refusal = (input: PayslipInput): string => {
    try {
      payslip(input)
    } catch (error) {
      if (error instanceof InputError) return error.message
      throw error
    }
    return 'accepted'
  }
  const at = (month: string) => inputOf(employee, { month: { month, earnings: [regular(400_000)] } })

  it.each([
    [at('2027-01'), 'law is of 2026, the month of 2027'],
    [at('2026-13'), 'month must be YYYY-MM, is 2026-13'],
    [at('2026-05-01'), 'month must be YYYY-MM, is 2026-05-01'],
    [inputOf({ ...employee, startsOn: '2026-06-01' }), 'month lies before the employment'],
    [inputOf({ ...employee, endsOn: '2026-04-30' }), 'month lies after the employment'],
    [inputOf({ ...employee, startsOn: '2026-02-30' }), 'startsOn is no day of the calendar: 2026-02-30'],
    [inputOf(employee, { contract: { ...employee, monthlyPayCents: 0.5 } }), /monthlyPayCents must be a whole number/],
    [
      inputOf(employee, { month: { month: '2026-06', earnings: [], earlierPayslips: [payslip(inputOf(employee))] } }),
      'month.earlierPayslips has one of 2026-05',
    ],
    [inputOf({ ...employee, monthlyPayCents: 60_300 }), /must be a mini-job/],
    [inputOf({ ...miniJob, monthlyPayCents: 60_301 }), /exceeds its limit/],
    [inputOf({ ...miniJob, monthlyPayCents: 60_000, expectedOneOffsYearCents: 3_601 }), /exceeds its limit/],
    [inputOf({ ...employee, tax: { flatTaxPaidBy: 'employer' } }), /mini-job alone/],
    [inputOf({ ...employee, pensionChoice: 'optedOut' }), /for mini-jobs/],
    [inputOf({ ...employee, health: { ...statutory(), additionalRate: 2_905 } }), /at most two decimals/],
    [inputOf(employee, { month: { month: '2026-05', earnings: [regular(-1)] } }), /must be a whole number from 0/],
    [inputOf({ ...employee, tax: { taxClass: 1, churchMember: false, factorThousandths: 900 } }), /class IV alone/],
    [inputOf({ ...employee, person: { birthDate: '2026-06-01', childBirthDates: [] } }), /birthDate lies after/],
  ])('is refused with its field and reason (%#)', (input, message) => {
    expect(refusal(input)).toMatch(message)
  })

  const wrong = (place: readonly string[], value: unknown): PayslipInput => {
    const input = structuredClone(inputOf(employee, { previousYear: { ...inputOf(employee).yearToDate, ...earlier } }))
    const last = place.at(-1) ?? ''
    const holder = place.slice(0, -1).reduce<object>((inside, name) => Reflect.get(inside, name), input)
    Reflect.set(holder, last, value)
    return input
  }
  const earlier = { law: socialInsurance2025Law, additionalRate: 2_500 }

  it.each([
    ['contract', undefined],
    ['contract.kind', 'boss'],
    ['contract.state', 'XX'],
    ['contract.person', null],
    ['contract.person.birthDate', undefined],
    ['contract.person.childBirthDates', undefined],
    ['contract.tax', undefined],
    ['contract.tax.taxClass', 7],
    ['contract.tax.churchMember', undefined],
    ['contract.health', undefined],
    ['contract.health.kind', 'none'],
    ['contract.health.additionalRate', Number.NaN],
    ['contract.pensionChoice', 'none'],
    ['contract.employer', undefined],
    ['contract.employer.u1Rate', undefined],
    ['month.earnings', null],
    ['month.earnings.0.kind', 'bonus'],
    ['month.earnings.0.cents', '400000'],
    ['month.workedMinutes', -1],
    ['law', null],
    ['yearToDate', undefined],
    ['yearToDate.taxableCents', 0.5],
    ['yearToDate.health.insuredDays', -30],
    ['yearToDate.pension.baseCents', Number.NaN],
    ['previousYear.law', undefined],
    ['previousYear.additionalRate', 2_505],
    ['previousYear.pension', undefined],
  ])('is refused with its field where the types were not heeded: %s as %s', (place, value) => {
    expect(refusal(wrong(place.split('.'), value))).toContain(`${place.replace('.0', '[0]')} `)
  })
})

function statutory() {
  return { kind: 'statutory' as const, additionalRate: 2_900 }
}
