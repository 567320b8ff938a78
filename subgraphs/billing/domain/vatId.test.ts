import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vatId } from './vatId.ts'

describe('a VAT id', () => {
  test.each([
    ['DE136695976', 'DE136695976'],
    ['de 136.695-976', 'DE136695976'],
    ['ATU12345675', 'ATU12345675'],
    ['EL094259216', 'EL094259216'],
    ['CHE-116.281.710 MWST', 'CHE116281710MWST'],
  ])('may be written as %j', (text, written) => expect(vatId('vatId', text)).toBe(written))

  test.each([
    ['DE136695975', 'check digits'],
    ['DE12345', 'as its country writes'],
    ['US123456789', 'two letters of a country'],
    ['', 'two letters of a country'],
    ['ＤＥ136695976', 'two letters of a country'],
  ])('is not %j, which is told without repeating it', (text, why) => {
    expect(() => vatId('vatId', text)).toThrow(why)
    expect(() => vatId('vatId', text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
    if (text) expect(() => vatId('vatId', text)).not.toThrow(text)
  })

  test('is found wrong with any single digit changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
        const digits = [...'DE136695976']
        digits[at] = String((Number(digits[at]) + by) % 10)
        expect(() => vatId('vatId', digits.join(''))).toThrow('vatId: ')
      }),
    )
  })
})
