import { describe, expect, it } from 'vitest'
import { percent } from '../arithmetic.ts'
import { law2026 } from '../parameters/law.ts'
import type { CareTerms } from './coverage.ts'
import { careShares, halves, plainBase } from './shares.ts'
import { transitionBase } from './transitionZone.ts'

const family: CareTerms = { saxony: false, childless: false, childDiscounts: 0 }
const childless: CareTerms = { ...family, childless: true }

describe('who bears what of a contribution', () => {
  it('rounds half the contribution and doubles it', () => {
    expect(halves(plainBase(581_250), percent(14.6))).toEqual({
      employeeCents: 42_431,
      employerCents: 42_431,
      totalCents: 84_862,
    })
  })

  it('rounds half a cent upwards', () => {
    expect(halves(plainBase(845_050), percent(18.6)).employeeCents).toBe(78_590)
  })

  it('leaves the employer the rest in the transition zone', () => {
    const shares = halves(transitionBase(100_000, 30, law2026), percent(14.6))
    expect(shares).toEqual({ employeeCents: 4_149, employerCents: 8_321, totalCents: 12_470 })
  })

  it('adds the supplement of the childless to the rate before rounding: 5,512.50 at 2.4 % is 132.30', () => {
    expect(careShares(plainBase(551_250), childless, law2026)).toEqual({
      employeeCents: 13_230,
      employerCents: 9_923,
      totalCents: 23_153,
    })
  })

  it('takes a quarter of a point off for each child from the second to the fifth', () => {
    const employee = (childDiscounts: number) =>
      careShares(plainBase(400_000), { ...family, childDiscounts }, law2026).employeeCents
    expect([0, 1, 2, 3, 4].map(employee)).toEqual([7_200, 6_200, 5_200, 4_200, 3_200])
  })

  it('gives the discount to the employee alone', () => {
    const shares = careShares(plainBase(400_000), { ...family, childDiscounts: 4 }, law2026)
    expect(shares.employerCents).toBe(7_200)
  })

  it('splits 2.3 to 1.3 in Saxony', () => {
    expect(careShares(plainBase(400_000), { ...family, saxony: true }, law2026)).toEqual({
      employeeCents: 9_200,
      employerCents: 5_200,
      totalCents: 14_400,
    })
  })

  it('reckons supplement and discount by themselves in the transition zone', () => {
    const base = transitionBase(95_000, 30, law2026)
    expect(base).toEqual({ totalCents: 79_677, employeeCents: 49_678 })
    expect(careShares(base, childless, law2026)).toEqual({
      employeeCents: 894 + 298,
      employerCents: 2 * 1_434 - 894,
      totalCents: 2 * 1_434 + 298,
    })
    expect(careShares(base, { ...family, childDiscounts: 1 }, law2026)).toEqual({
      employeeCents: 894 - 124,
      employerCents: 2 * 1_434 - 894,
      totalCents: 2 * 1_434 - 124,
    })
  })
})
