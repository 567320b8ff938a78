import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bankData } from './bankData.ts'

const holder = { accountHolder: 'Jörg Weiß-Åström' }

/** German account numbers with the check digits of ISO 13616. */
const germanIban = fc
  .array(fc.nat(9), { minLength: 18, maxLength: 18 })
  .map((digits) => digits.join(''))
  .map((number) => `DE${String(98n - (BigInt(`${number}131400`) % 97n)).padStart(2, '0')}${number}`)

describe('bank data', () => {
  test.each(['DE02120300000000202051', 'AT611904300234573201', 'NL91ABNA0417164300', 'GB33BUKB20201555555555'])(
    'takes the IBAN %s',
    (iban) => expect(bankData({ iban, ...holder })).toEqual({ iban, ...holder }),
  )

  test('takes an IBAN as people write it: with blanks, in small letters', () => {
    const blank = fc.constantFrom('', ' ', '  ', '\t', '\u00a0')
    const written = fc.tuple(germanIban, fc.array(blank, { minLength: 22, maxLength: 22 }), fc.boolean())
    fc.assert(
      fc.property(written, ([iban, blanks, small]) => {
        const text = [...(small ? iban.toLowerCase() : iban)].map((character, at) => blanks[at] + character).join('')
        expect(bankData({ iban: text, ...holder }).iban).toBe(iban)
      }),
    )
  })

  test('refuses an IBAN with one wrong digit, without repeating it', () => {
    fc.assert(
      fc.property(germanIban, fc.integer({ min: 2, max: 21 }), fc.integer({ min: 1, max: 9 }), (iban, place, by) => {
        const wrong = [...iban].map((digit, at) => (at === place ? (Number(digit) + by) % 10 : digit)).join('')
        expect(() => bankData({ iban: wrong, ...holder })).toThrow(/^iban: its check digits do not match/)
      }),
    )
  })

  test.each([
    ['', 'two letters of a country'],
    ['   ', 'two letters of a country'],
    ['XX02120300000000202051', 'two letters of a country'],
    ['DE0212030000000020205', 'too short or too long'],
    ['DE02 1203 0000 0000 2020 511', 'too short or too long'],
    ['DE02-1203-0000-0000-20', 'not written as its country'],
    ['DEXX120300000000202051', 'not written as its country'],
    ['DE021203000000002020５1', 'not written as its country'],
  ])('refuses %o and says why', (iban, told) => {
    expect(() => bankData({ iban, ...holder })).toThrow(told)
  })
})
