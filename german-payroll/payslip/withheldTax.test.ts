import { describe, expect, it } from 'vitest'
import type { Contract, TaxCard } from '../contract.ts'
import { law2026 } from '../parameters/law.ts'
import { fromPlan, toPlan } from '../wage-tax/planCase.ts'
import { readPlanCase } from '../wage-tax/planFields.ts'
import { wageTax } from '../wage-tax/wageTax.ts'
import { payslip } from './payslip.ts'
import { employee, inputOf, oneOff, regular } from './testing/contracts.ts'

/** The plan's own answer to a monthly case. */
function plan(changes: Readonly<Record<string, number>>) {
  const read = readPlanCase({ LZZ: 2, STKL: 1, RE4: 400_000, KVZ: 2.9, PVZ: 1, ...changes })
  if ('mistakes' in read) throw new Error(JSON.stringify(read.mistakes))
  return toPlan(wageTax(fromPlan(read.case), law2026))
}

function taxOf(contract: Contract, earnings = [regular(contract.monthlyPayCents)], month = '2026-05') {
  const { lines } = payslip(inputOf(contract, { month: { month, earnings } }))
  const cents = (code: string) => lines.find((line) => line.code === code)?.cents ?? 0
  return { regular: cents('LST'), special: cents('LST_SB'), solidarity: cents('SOLZ') }
}

const card: TaxCard = { taxClass: 1, churchMember: false }

describe('tax kept back by a tax card', () => {
  it('is the plan’s wage tax of a month', () => {
    expect(taxOf(employee).regular).toBe(plan({}).LSTLZZ)
  })

  it('follows class, factor and allowances of the card', () => {
    const four = { ...card, taxClass: 4 as const, factorThousandths: 912 }
    expect(taxOf({ ...employee, tax: four }).regular).toBe(plan({ STKL: 4, f: 0.912 }).LSTLZZ)
    const relieved = { ...card, monthlyAllowanceCents: 20_000, monthlyAdditionCents: 1_000 }
    expect(taxOf({ ...employee, tax: relieved }).regular).toBe(plan({ LZZFREIB: 20_000, LZZHINZU: 1_000 }).LSTLZZ)
    const parent = { ...card, childAllowanceTenths: 20 }
    const rich = { ...employee, monthlyPayCents: 900_000 }
    expect(taxOf({ ...rich, tax: parent }).solidarity).toBe(plan({ RE4: 900_000, ZKF: 2 }).SOLZLZZ)
    expect(taxOf({ ...rich, tax: card }).solidarity).toBe(plan({ RE4: 900_000 }).SOLZLZZ)
  })

  it('knows the family’s care contribution and Saxony', () => {
    const person = { ...employee.person, childBirthDates: ['2015-01-31', '2018-01-31', '2020-01-31'] }
    expect(taxOf({ ...employee, person }).regular).toBe(plan({ PVZ: 0, PVA: 2 }).LSTLZZ)
    expect(taxOf({ ...employee, state: 'SN' }).regular).toBe(plan({ PVS: 1 }).LSTLZZ)
  })

  it('grants age relief from the year after the 64th birthday, on New Year’s Day the year of it', () => {
    const bornOn = (birthDate: string) => taxOf({ ...employee, person: { birthDate, childBirthDates: [] } }).regular
    expect(bornOn('1962-01-01')).toBe(plan({ ALTER1: 1, AJAHR: 2026 }).LSTLZZ)
    expect(bornOn('1962-01-02')).toBe(plan({}).LSTLZZ)
    expect(bornOn('1961-07-15')).toBe(plan({ ALTER1: 1, AJAHR: 2026 }).LSTLZZ)
    expect(bornOn('1960-07-15')).toBe(plan({ ALTER1: 1, AJAHR: 2025 }).LSTLZZ)
  })

  it('deducts a private premium less the employer’s subsidy', () => {
    const health = { kind: 'private', healthPremiumCents: 90_000, carePremiumCents: 12_000, basicPremiumCents: 85_000 }
    const manager = { ...employee, monthlyPayCents: 700_000, health: { ...health, kind: 'private' as const } }
    const expected = plan({ RE4: 700_000, PKV: 1, PKPV: 85_000, PKPVAGZ: 45_000 + 6_000, KVZ: 0 })
    expect(taxOf(manager).regular).toBe(expected.LSTLZZ)
  })

  it('deducts nothing for health where a working student or mini-jobber pays nothing', () => {
    const student: Contract = { ...employee, kind: 'workingStudent', monthlyPayCents: 190_000 }
    expect(taxOf(student).regular).toBe(plan({ RE4: 190_000, PKV: 1, ALV: 1 }).LSTLZZ)
    const miniJob: Contract = { ...employee, kind: 'miniJob', monthlyPayCents: 60_000, tax: { ...card, taxClass: 6 } }
    expect(taxOf(miniJob).regular).toBe(plan({ STKL: 6, RE4: 60_000, PKV: 1, ALV: 1 }).LSTLZZ)
  })

  it('is reckoned by the day in part of a month, allowances rounded up to five cents a day', () => {
    const starts = { ...employee, startsOn: '2026-05-20', tax: { ...card, monthlyAllowanceCents: 20_000 } }
    const day = plan({ LZZ: 4, RE4: 12_903, LZZFREIB: 670 })
    expect(taxOf(starts, [regular(154_839)]).regular).toBe(12 * day.LSTLZZ)
  })

  it('takes one-off payments at the tax of the expected year', () => {
    const earnings = [regular(400_000), oneOff(300_000)]
    expect(taxOf(employee, earnings, '2026-01').special).toBe(plan({ JRE4: 4_800_000, SONSTB: 300_000 }).STS)
    const leaves = { ...employee, endsOn: '2026-06-30' }
    expect(taxOf(leaves, earnings, '2026-01').special).toBe(plan({ JRE4: 2_400_000, SONSTB: 300_000 }).STS)
    const told = { ...employee, tax: { ...card, expectedYearWageCents: 9_000_000, yearAllowanceCents: 100_000 } }
    const expected = plan({ JRE4: 9_000_000, SONSTB: 300_000, JFREIB: 100_000 })
    expect(taxOf(told, earnings, '2026-01').special).toBe(expected.STS)
  })
})
