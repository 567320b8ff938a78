import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patientRetry, pauseMs } from './backoff.ts'

describe('the pause before a command is sent again', () => {
  it('doubles its bound with each attempt, up to a limit, and falls anywhere below', () => {
    expect([1, 2, 3, 4].map((nth) => pauseMs(nth, 0.999_999))).toEqual([200, 400, 800, 1_600])
    expect(pauseMs(60, 0.5)).toBe(150_000)
    expect(pauseMs(5, 0)).toBe(0)
  })

  it('is never negative, endless or above its limit', () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (nth, r) => {
        const ms = pauseMs(nth, r)
        return ms >= 0 && ms <= patientRetry.mostMs
      }),
    )
  })

  it('bears an outage of about four hours before a person is called', () => {
    const pauses = Array.from({ length: patientRetry.attempts - 1 }, (_, at) => pauseMs(at + 1, 0.5))
    const hours = pauses.reduce((sum, ms) => sum + ms, 0) / 3_600_000
    expect(hours).toBeGreaterThan(3.5)
    expect(hours).toBeLessThan(4.5)
  })
})
