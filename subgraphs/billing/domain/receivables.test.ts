import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { OpenItem } from '../generated/prisma/client.ts'
import { lesser, sum } from './amounts.ts'
import { ageing, allocated, credited, released } from './receivables.ts'

const amount = fc.bigInt({ min: 0n, max: 10n ** 9n })
const openItems = fc
  .array(fc.bigInt({ min: -3n, max: 10n ** 9n }), { maxLength: 8 })
  .map((cents) => cents.map((openCents, at) => ({ id: `i${at}`, openCents }) as OpenItem))

describe('money that comes in', () => {
  test('settles the oldest first, never more than is open, never more than came in', () => {
    fc.assert(
      fc.property(amount, openItems, (availableCents, items) => {
        const settles = allocated(availableCents, items)
        const used = sum(settles.map(({ amountCents }) => amountCents))
        const open = items.filter(({ openCents }) => openCents > 0n)
        const total = sum(open.map(({ openCents }) => openCents))
        expect(used).toBe(lesser(availableCents, total))
        for (const { openItem, amountCents } of settles)
          expect(amountCents > 0n && amountCents <= openItem.openCents).toBe(true)
        expect(settles.map(({ openItem }) => openItem.id)).toEqual(open.slice(0, settles.length).map(({ id }) => id))
        // Only the last may be settled in part.
        for (const { openItem, amountCents } of settles.slice(0, -1)) expect(amountCents).toBe(openItem.openCents)
      }),
    )
  })
})

describe('what a correction takes off', () => {
  const item = fc
    .record({ grossCents: amount, share: fc.integer({ min: 0, max: 100 }) })
    .map(({ grossCents, share }) => ({ grossCents, creditedCents: 0n, paidCents: (grossCents * BigInt(share)) / 100n }))

  test('leaves nobody paying more than is left to pay', () => {
    fc.assert(
      fc.property(item, amount, (before, moreCents) => {
        const after = credited(before as OpenItem, moreCents)
        const payable = before.grossCents > moreCents ? before.grossCents - moreCents : 0n
        expect(after.creditedCents).toBe(moreCents)
        expect(after.paidCents <= payable && after.paidCents <= before.paidCents).toBe(true)
        expect(after.paidCents === before.paidCents || after.paidCents === payable).toBe(true)
      }),
    )
  })

  test('is given back from the payments, the last one first, and no more than each had given', () => {
    const entries = [
      { paymentId: 'a', amountCents: 500n },
      { paymentId: 'b', amountCents: 300n },
      { paymentId: 'b', amountCents: -100n },
      { paymentId: 'c', amountCents: 50n },
      { paymentId: 'c', amountCents: -50n },
    ]
    expect(released(250n, entries)).toEqual([
      { paymentId: 'b', amountCents: 200n },
      { paymentId: 'a', amountCents: 50n },
    ])
  })
})

describe('the age of receivables', () => {
  const on = new Date('2026-11-23')
  const due = (days: number) => ({ dueOn: new Date(on.getTime() - days * 86_400_000), openCents: 1n, count: 1 })

  test.each([
    [-1, 0],
    [0, 0],
    [1, 1],
    [30, 1],
    [31, 2],
    [60, 2],
    [61, 3],
    [90, 3],
    [91, 4],
    [4_000, 4],
  ])('puts what is %s days overdue into the bucket %s', (days, bucket) => {
    expect(ageing([due(days)], on).findIndex(({ count }) => count === 1)).toBe(bucket)
  })

  test('leaves nothing out', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -400, max: 400 })), (days) => {
        const buckets = ageing(days.map(due), on)
        expect(sum(buckets.map(({ openCents }) => openCents))).toBe(BigInt(days.length))
      }),
    )
  })

  test('names its buckets without a hole', () => {
    expect(ageing([], on).map(({ fromDays, toDays }) => [fromDays, toDays])).toEqual([
      [null, 0],
      [1, 30],
      [31, 60],
      [61, 90],
      [91, null],
    ])
  })
})
