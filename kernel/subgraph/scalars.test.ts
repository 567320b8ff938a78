import fc from 'fast-check'
import { parseValue } from 'graphql'
import { describe, expect, test } from 'vitest'
import { scalars } from './scalars.ts'

const { Date: date, DateTime: dateTime, Cents: cents } = scalars
const read = (type: typeof date, value: unknown) => type?.parseValue(value)
const written = (type: typeof date, text: string) => type?.parseLiteral(parseValue(text), {})

describe('Date', () => {
  test('is the day that was given, wherever the server stands', () => {
    expect(read(date, '2026-02-28')).toEqual(new Date('2026-02-28T00:00:00Z'))
    expect(date?.serialize(new Date('2026-02-28T00:00:00Z'))).toBe('2026-02-28')
  })

  test.each([
    '2026-02-29',
    '0000-01-01',
    '2026-13-01',
    '28.02.2026',
    '2026-2-1',
    '',
    20260228,
    null,
    '2026-02-28T00:00:00Z',
  ])('refuses %j and says how to give it', (wrong) => expect(() => read(date, wrong)).toThrow('as in 2026-11-23'))
})

describe('DateTime', () => {
  test('takes a moment with its zone and gives it in UTC', () => {
    expect(dateTime?.serialize(read(dateTime, '2026-11-23T09:15:00+01:00'))).toBe('2026-11-23T08:15:00.000Z')
  })

  test.each([
    '2026-11-23',
    '2026-11-23T25:00:00Z',
    '2026-11-23T08:15:00',
    '0000-12-31T23:59:59Z',
    '9999-12-31T23:59:59-14:00',
    5,
  ])('refuses %j', (wrong) => expect(() => read(dateTime, wrong)).toThrow('is not a moment'))
})

describe('Cents', () => {
  test('keeps every amount to the cent, beyond 2^53 as text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), (amount) => {
        const given = cents?.serialize(amount)
        expect(typeof given).toBe(Number.isSafeInteger(Number(amount)) ? 'number' : 'string')
        expect(read(cents, given)).toBe(amount)
      }),
    )
  })

  test('takes literals of either form', () => {
    expect([
      written(cents, '412550'),
      written(cents, '"9007199254740993"'),
      written(cents, '9007199254740993'),
    ]).toEqual([412550n, 9007199254740993n, 9007199254740993n])
  })

  test.each([1.5, '1.5', '12 €', '', '9'.repeat(19), Number.NaN])('refuses %j', (wrong) =>
    expect(() => read(cents, wrong)).toThrow('is not an amount in cents'),
  )
})
