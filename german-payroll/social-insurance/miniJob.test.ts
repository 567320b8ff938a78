import { describe, expect, it } from 'vitest'
import { law2026 } from '../parameters/law.ts'
import type { Coverage } from './coverage.ts'
import { type MiniJob, miniJobContributions } from './miniJob.ts'

const insured: Coverage = { health: 'flat', care: 'none', pension: 'full', unemployment: 'none', isMiniJob: true }
const optedOut: Coverage = { ...insured, pension: 'flat' }
const job: MiniJob = { payCents: 55_000, insuredDays: 30, coverage: insured, besidesMainJob: false }

function sharesOf(changes: Partial<MiniJob>) {
  const list = miniJobContributions({ ...job, ...changes }, law2026)
  return list.map(({ group, employeeCents, employerCents }) => [group, employeeCents, employerCents])
}

describe('mini-job 2026', () => {
  it('costs the employer 13 % for health and 15 % for pension, and the employee the rest to 18.6 %', () => {
    expect(sharesOf({})).toEqual([
      ['6000', 0, 7_150],
      ['0100', 1_980, 8_250],
    ])
  })

  it('costs the employee nothing after opting out', () => {
    expect(sharesOf({ coverage: optedOut })).toEqual([
      ['6000', 0, 7_150],
      ['0500', 0, 8_250],
    ])
  })

  it('asks no health contribution for the privately insured', () => {
    expect(sharesOf({ coverage: { ...insured, health: 'none' } })).toEqual([['0100', 1_980, 8_250]])
  })

  it('has the employee top up to 18.6 % of 175 euros: of 100 euros 17.55, of 50 euros 25.05', () => {
    expect(sharesOf({ payCents: 10_000 })).toContainEqual(['0100', 1_755, 1_500])
    expect(sharesOf({ payCents: 5_000 })).toContainEqual(['0100', 2_505, 750])
  })

  it('knows no minimum base beside an insured main job', () => {
    expect(sharesOf({ payCents: 10_000, besidesMainJob: true })).toContainEqual(['0100', 360, 1_500])
  })

  it('cuts the minimum base down to the days of part of a month', () => {
    expect(sharesOf({ payCents: 5_000, insuredDays: 15 })).toContainEqual(['0100', 878, 750])
  })
})
