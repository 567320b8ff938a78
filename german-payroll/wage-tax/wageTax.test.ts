import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law2026 } from '../parameters/law.ts'
import { fromPlan, type PlanOutput, toPlan } from './planCase.ts'
import { readPlanCase } from './planFields.ts'
import { wageTax } from './wageTax.ts'

function planTax(plan: Readonly<Record<string, number>>): PlanOutput {
  const read = readPlanCase(plan)
  if ('mistakes' in read) throw new Error(JSON.stringify(read.mistakes))
  return toPlan(wageTax(fromPlan(read.case), law2026))
}

type Golden = { readonly input: Readonly<Record<string, number>>; readonly output: PlanOutput }

const goldens: readonly Golden[] = readFileSync(`${import.meta.dirname}/golden-2026.jsonl`, 'utf8')
  .trim()
  .split('\n')
  .map((line): Golden => JSON.parse(line))

describe('wage tax 2026', () => {
  it('agrees in every output with an independent interpreter of the published plan', () => {
    expect(goldens.length).toBe(390)
    for (const { input, output } of goldens) expect(planTax(input), JSON.stringify(input)).toEqual(output)
  })

  it.each([
    [20_000, [380, 0, 0, 380, 2_234, 2_766]],
    [45_000, [5_570, 4_408, 1_850, 5_570, 10_334, 10_865]],
    [70_000, [12_220, 10_835, 6_952, 12_220, 18_729, 19_260]],
  ])('meets the official general table at %d euros a year', (grossEuros, taxEuros) => {
    const ofClass = (STKL: number) =>
      planTax({ LZZ: 1, RE4: grossEuros * 100, STKL, KVZ: 2.9, PVZ: STKL === 2 ? 0 : 1 }).LSTLZZ
    expect([1, 2, 3, 4, 5, 6].map(ofClass)).toEqual(taxEuros.map((euros) => euros * 100))
  })

  it.each([
    [20_000, [461, 0, 0, 461, 2_415, 4_459]],
    [45_000, [7_252, 5_932, 2_584, 7_252, 12_629, 14_673]],
    [70_000, [16_259, 14_571, 9_210, 16_259, 23_129, 25_173]],
  ])('meets the official special table at %d euros a year', (grossEuros, taxEuros) => {
    const premiums = [30_000, 30_000, 50_000, 30_000, 30_000, 0]
    const ofClass = (PKPV: number, index: number) =>
      planTax({ LZZ: 1, RE4: grossEuros * 100, STKL: index + 1, ALV: 1, KRV: 1, PKV: 1, PKPV }).LSTLZZ
    expect(premiums.map(ofClass)).toEqual(taxEuros.map((euros) => euros * 100))
  })

  it('takes nothing from a wage below the basic allowance', () => {
    expect(planTax({ LZZ: 1, RE4: 1_234_800, STKL: 1, KVZ: 2.9 }).LSTLZZ).toBe(0)
  })

  it('never falls in any class when the monthly gross rises by a euro or more', () => {
    const gross = fc.integer({ min: 0, max: 3_000_000 })
    const rise = fc.integer({ min: 100, max: 500_000 })
    const person = fc.record({
      STKL: fc.integer({ min: 1, max: 6 }),
      KVZ: fc.constantFrom(0, 1.7, 2.9, 4.4),
      PVZ: fc.constantFrom(0, 1),
      PVS: fc.constantFrom(0, 1),
      KRV: fc.constantFrom(0, 1),
      ALV: fc.constantFrom(0, 1),
      ZKF: fc.constantFrom(0, 0.5, 2),
      R: fc.constantFrom(0, 1),
    })
    fc.assert(
      fc.property(person, gross, rise, (who, RE4, more) => {
        const lower = planTax({ ...who, LZZ: 2, RE4 })
        const higher = planTax({ ...who, LZZ: 2, RE4: RE4 + more })
        expect(higher.LSTLZZ).toBeGreaterThanOrEqual(lower.LSTLZZ)
        expect(higher.SOLZLZZ).toBeGreaterThanOrEqual(lower.SOLZLZZ)
        expect(higher.BK).toBeGreaterThanOrEqual(lower.BK)
      }),
      { numRuns: 2_000 },
    )
  })

  it('dips by no more than the rounding of two euros a year when the gross rises by a cent', () => {
    const gross = fc.integer({ min: 0, max: 3_000_000 })
    const taxClass = fc.integer({ min: 1, max: 6 })
    fc.assert(
      fc.property(taxClass, gross, (STKL, RE4) => {
        const of = (cents: number) => planTax({ LZZ: 2, STKL, RE4: cents, KVZ: 2.9 }).LSTLZZ
        expect(of(RE4) - of(RE4 + 1)).toBeLessThanOrEqual(17)
      }),
      { numRuns: 2_000 },
    )
  })

  it('charges the surcharge at most 11.9 % of what exceeds the free limit', () => {
    const rich = planTax({ LZZ: 1, RE4: 10_500_000, STKL: 1, KVZ: 2.9 })
    const taxEuros = rich.LSTLZZ / 100
    expect(taxEuros).toBeGreaterThan(20_350)
    expect(rich.SOLZLZZ).toBe(Math.trunc((taxEuros - 20_350) * 11.9))
  })

  it('lowers surcharge and church base by the children, never the wage tax', () => {
    const childless = planTax({ LZZ: 2, RE4: 900_000, STKL: 1, KVZ: 2.9, R: 1 })
    const parent = planTax({ LZZ: 2, RE4: 900_000, STKL: 1, KVZ: 2.9, R: 1, ZKF: 2 })
    expect(parent.LSTLZZ).toBe(childless.LSTLZZ)
    expect(parent.BK).toBeLessThan(childless.BK)
    expect(parent.SOLZLZZ).toBeLessThan(childless.SOLZLZZ)
  })
})
