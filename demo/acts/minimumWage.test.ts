import fc from 'fast-check'
import { expect, it } from 'vitest'
import { whyRejected } from './minimumWage.ts'

const contract = { startsOn: '2027-01-01', weeklyHours: 40, monthlyGrossCents: 198_000 }

it('rejects a contract below the minimum wage, and says by how much', () => {
  expect(whyRejected(contract)).toBe('11.42 € an hour is less than the minimum wage of 14.60 € (§ 1 MiLoG)')
})

it('approves a contract of exactly the minimum wage, and rejects it one cent below', () => {
  // 30 hours a week are 130 a month.
  expect(whyRejected({ ...contract, weeklyHours: 30, monthlyGrossCents: 189_800 })).toBeUndefined()
  expect(whyRejected({ ...contract, weeklyHours: 30, monthlyGrossCents: 189_799 })).toBeDefined()
})

it('asks for the wage of the first day', () => {
  const between = { weeklyHours: 30, monthlyGrossCents: 185_000 }
  expect(whyRejected({ ...between, startsOn: '2026-12-31' })).toBeUndefined()
  expect(whyRejected({ ...between, startsOn: '2027-01-01' })).toBeDefined()
})

it('never rejects for more money or fewer hours what it approved', () => {
  const hundredths = fc.integer({ min: 1, max: 4800 })
  fc.assert(
    fc.property(hundredths, hundredths, fc.nat(2_000_000), fc.nat(2_000_000), (hours, fewer, cents, more) => {
      fc.pre(fewer <= hours)
      const terms = { startsOn: '2027-01-01', weeklyHours: hours / 100, monthlyGrossCents: cents }
      fc.pre(whyRejected(terms) === undefined)
      const better = { ...terms, weeklyHours: fewer / 100, monthlyGrossCents: cents + more }
      expect(whyRejected(better)).toBeUndefined()
    }),
  )
})
