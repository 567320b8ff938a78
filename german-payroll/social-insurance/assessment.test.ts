import { describe, expect, it } from 'vitest'
import { law2026 } from '../parameters/law.ts'
import { ceilingOfDays, monthBase, yearCeilingCents } from './assessment.ts'

const pension = yearCeilingCents('pension', law2026)
const health = yearCeilingCents('health', law2026)

describe('what contributions are owed on', () => {
  it('ends at 8,450 and 5,812.50 a month', () => {
    expect([ceilingOfDays(pension, 30), ceilingOfDays(health, 30)]).toEqual([845_000, 581_250])
  })

  it('ends at a thirtieth of that for each day', () => {
    expect([ceilingOfDays(pension, 7), ceilingOfDays(health, 7)]).toEqual([197_167, 135_625])
  })

  it('takes a one-off payment as far as the months so far have left the ceilings unused', () => {
    const before = { insuredDays: 300, baseCents: 5_000_000 }
    const november = { insuredDays: 30, before }
    const pay = { regularCents: 500_000, oneOffCents: 600_000 }
    expect(monthBase(pay, november, pension)).toEqual({ regularCents: 500_000, oneOffCents: 600_000 })
    expect(monthBase(pay, november, health)).toEqual({ regularCents: 500_000, oneOffCents: 600_000 })
    const bonus = { ...pay, oneOffCents: 4_000_000 }
    expect(monthBase(bonus, november, pension).oneOffCents).toBe(11 * 845_000 - 5_500_000)
    expect(monthBase(bonus, november, health).oneOffCents).toBe(11 * 581_250 - 5_500_000)
  })

  it('takes nothing of it once the ceilings are used up', () => {
    const month = { insuredDays: 30, before: { insuredDays: 60, baseCents: 2 * 581_250 } }
    expect(monthBase({ regularCents: 700_000, oneOffCents: 100_000 }, month, health)).toEqual({
      regularCents: 581_250,
      oneOffCents: 0,
    })
  })
})
