import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideDown, divideHalfUp, divideUp, percent, scaled } from './arithmetic.ts'

const exact = fc.maxSafeInteger()
const divisor = fc.integer({ min: 1, max: 1_000_000_000 })

describe('whole-number arithmetic', () => {
  it('divides towards zero like integers of any size', () => {
    fc.assert(fc.property(exact, divisor, (a, b) => BigInt(divideDown(a, b)) === BigInt(a) / BigInt(b)))
  })

  it('divides away from zero like integers of any size', () => {
    const up = (a: bigint, b: bigint) => a / b + (a % b === 0n ? 0n : a < 0n ? -1n : 1n)
    fc.assert(fc.property(exact, divisor, (a, b) => BigInt(divideUp(a, b)) === up(BigInt(a), BigInt(b))))
  })

  it('rounds to the nearest, a half upwards', () => {
    const amount = fc.integer({ min: 0, max: 2 ** 52 - 1_000_000_000 })
    const nearest = (a: bigint, b: bigint) => (2n * a + b) / (2n * b)
    fc.assert(fc.property(amount, divisor, (a, b) => BigInt(divideHalfUp(a, b)) === nearest(BigInt(a), BigInt(b))))
  })

  it('refuses a fraction instead of rounding it silently', () => {
    expect(() => divideDown(0.1 + 0.2, 1)).toThrow(RangeError)
  })

  it('refuses a product too large to be exact', () => {
    expect(() => divideDown(2 ** 53, 1)).toThrow(RangeError)
  })

  it('gives no negative zero', () => {
    expect(Object.is(divideDown(-1, 2), 0)).toBe(true)
  })

  it('reads percentages as they are written', () => {
    expect([percent(2.9), percent(2.45), percent(0.15), percent(18.6)]).toEqual([2_900, 2_450, 150, 18_600])
  })

  it('refuses a decimal finer than its scale', () => {
    expect(() => scaled(0.1234, 1_000)).toThrow(RangeError)
  })
})
