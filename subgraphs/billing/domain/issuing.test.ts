import { describe, expect, test } from 'vitest'
import type { Invoice } from '../generated/prisma/client.ts'
import { businessDay, daysBetween, isoDate } from './calendar.ts'
import { issued, rangeOf } from './issuing.ts'

describe('issuing', () => {
  const draft = { series: 'RE', paymentTermDays: 14 } as Invoice
  const kept = { contentHash: 'a', approvalRequestId: null, recipient: {} as never, seller: {} as never }

  test('counts in the year that German calendars show', () => {
    expect(rangeOf(draft, new Date('2026-12-31T22:59:59Z'))).toEqual({ series: 'RE', year: 2026 })
    expect(rangeOf(draft, new Date('2026-12-31T23:00:00Z'))).toEqual({ series: 'RE', year: 2027 })
  })

  test('gives number and dates', () => {
    const at = new Date('2026-12-31T23:30:00Z')
    expect(issued(draft, { ...kept, sequence: 42, at })).toMatchObject({
      ...{ status: 'ISSUED', number: 'RE-2027-00042', numberYear: 2027, numberSequence: 42, issuedAt: at },
      ...{ issuedOn: new Date('2027-01-01'), dueOn: new Date('2027-01-15') },
    })
    expect(issued(draft, { ...kept, sequence: 123_456, at }).number).toBe('RE-2027-123456')
  })

  test('knows summer time, and counts days across its ends', () => {
    expect(isoDate(businessDay(new Date('2026-06-30T22:00:00Z')))).toBe('2026-07-01')
    expect(daysBetween(new Date('2026-03-28'), new Date('2026-03-30'))).toBe(2)
  })
})
