import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { law2026, socialInsurance2025Law } from '../parameters/law.ts'
import { transitionBase } from './transitionZone.ts'

const base = (payCents: number, days = 30) => transitionBase(payCents, days, law2026)

describe('transition zone 2026', () => {
  it('follows the short formulas of the funds: 1.145937223 AE − 291.8744452 and 1.431639227 AE − 863.2784538', () => {
    expect(base(100_000)).toEqual({ totalCents: 85_406, employeeCents: 56_836 })
    expect(base(150_000)).toEqual({ totalCents: 142_703, employeeCents: 128_418 })
  })

  it('follows the short formulas of 2025: 1.127718283 AE − 255.436565097 and 1.385041551 AE − 770.083102493', () => {
    const year = transitionBase(100_000, 30, socialInsurance2025Law)
    expect(year).toEqual({ totalCents: 87_228, employeeCents: 61_496 })
  })

  it('begins with nothing for the employee and ends with the whole pay', () => {
    expect(base(60_301)).toEqual({ totalCents: 39_914, employeeCents: 1 })
    expect(base(200_000)).toEqual({ totalCents: 200_000, employeeCents: 200_000 })
  })

  it('takes a month above the zone as it is', () => {
    expect(base(200_001)).toEqual({ totalCents: 200_001, employeeCents: 200_001 })
  })

  it('takes a month up to the mini-job limit times the factor, and nothing from the employee', () => {
    expect(base(50_000)).toEqual({ totalCents: 33_095, employeeCents: 0 })
  })

  it('judges part of a month by what a full month would bring', () => {
    expect(base(130_000, 19)).toEqual({ totalCents: 130_000, employeeCents: 130_000 })
    expect(base(50_000, 15)).toEqual({ totalCents: 42_703, employeeCents: 28_418 })
  })

  it('agrees with the formula of § 20 Abs. 2a SGB IV in fractions of any size', () => {
    const days = fc.integer({ min: 1, max: 30 })
    const monthly = fc.integer({ min: 60_301, max: 200_000 })
    fc.assert(
      fc.property(monthly, days, (monthlyCents, insuredDays) => {
        const pay = Math.floor((monthlyCents * insuredDays) / 30)
        fc.pre(pay * 30 > 60_300 * insuredDays)
        expect(base(pay, insuredDays)).toEqual(inFractions(BigInt(pay), BigInt(insuredDays)))
      }),
      { numRuns: 1_000 },
    )
  })

  it('never asks more for higher limits crossed by a cent', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 210_000 }), (pay) => {
        const { totalCents, employeeCents } = base(pay)
        const next = base(pay + 1)
        return (
          employeeCents <= totalCents &&
          totalCents <= pay &&
          next.totalCents >= totalCents &&
          next.employeeCents >= employeeCents
        )
      }),
      { numRuns: 1_000 },
    )
  })
})

/** The law's own formula with G = 603 and F = 0.6619, every term over one denominator and rounded once at the end. */
function inFractions(pay: bigint, days: bigint) {
  const [g, u, f, unit] = [60_300n, 200_000n, 6_619n, 10_000n]
  const aboveG = (30n * pay - g * days) * (u - g)
  const total = f * g * (u - g) * (u - g) * days + (u * unit - g * f) * aboveG
  const nearest = (dividend: bigint, divisor: bigint) => Number((2n * dividend + divisor) / (2n * divisor))
  return {
    totalCents: nearest(total, unit * (u - g) * (u - g) * 30n),
    employeeCents: nearest(u * aboveG, (u - g) * (u - g) * 30n),
  }
}
