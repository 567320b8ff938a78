import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkDigit, taxIdMistake } from './taxId.ts'

const digits = [...'0123456789']

/** Ten digits as numbers are given: one of them two or three times, never three in a row, the first no zero. */
const tenDigits = fc
  .tuple(fc.shuffledSubarray(digits, { minLength: 10 }), fc.constantFrom(2, 3), fc.array(fc.nat(9), { minLength: 2 }))
  .map(([order, times, places]) => {
    const ten = order.slice(0, 11 - times)
    const [again = ''] = ten
    for (const place of places.slice(0, times - 1)) ten.splice(place, 0, again)
    return ten.join('')
  })
  .filter((ten) => ten.length === 10 && !ten.startsWith('0') && !/(.)\1\1/.test(ten))

const taxId = tenDigits.map((ten) => `${ten}${checkDigit(ten)}`)

describe('an identification number', () => {
  // Published by the tax administrations as examples.
  test.each(['86095742719', '47036892816', '65929970489', '57549285017', '25768131411'])('may be %s', (example) => {
    expect(taxIdMistake(example)).toBeNull()
  })

  test.each([
    ['', 'give eleven digits'],
    ['8609574271', 'give eleven digits'],
    ['860957427190', 'give eleven digits'],
    ['86 095 742 719', 'give eleven digits'],
    ['８６０９５７４２７１９', 'give eleven digits'],
    ['02476291358', 'begins with 0'],
    ['12345678903', 'exactly one'],
    ['11234567709', 'exactly one'],
    ['11112345678', 'twice or three times'],
    ['11123456780', 'three times in a row'],
    ['86095742718', 'check digit'],
  ])('is never %s', (wrong, told) => {
    expect(taxIdMistake(wrong)).toContain(told)
  })

  test('is accepted whichever digit is repeated, and wherever', () => {
    fc.assert(fc.property(taxId, (number) => taxIdMistake(number) === null))
  })

  test('is refused when any one digit is wrong', () => {
    fc.assert(
      fc.property(taxId, fc.nat(10), fc.integer({ min: 1, max: 9 }), (number, place, by) => {
        const wrong = [...number].map((digit, at) => (at === place ? (Number(digit) + by) % 10 : digit)).join('')
        expect(taxIdMistake(wrong)).not.toBeNull()
      }),
    )
  })

  test('is never repeated in what is said about it', () => {
    fc.assert(
      fc.property(taxId, fc.nat(10), (number, place) => {
        const wrong = number.slice(0, place) + number.slice(place + 1)
        expect(taxIdMistake(wrong)).not.toMatch(/[1-9]{2}/)
      }),
    )
  })
})

describe('the check digit by MOD 11,10', () => {
  test('reveals every single wrong digit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 20 }),
        fc.nat(19),
        fc.integer({ min: 1, max: 9 }),
        (right, place, by) => {
          fc.pre(place < right.length)
          const wrong = right.map((digit, at) => (at === place ? (digit + by) % 10 : digit))
          expect(checkDigit(wrong.join(''))).not.toBe(checkDigit(right.join('')))
        },
      ),
    )
  })

  // By hand: 10+0=10→10·2=20→9; 9+7=16→6·2=12→1; 1+9=10→10·2=20→9; 9+4=13→3·2=6; 11-6=5.
  test('of 0794 is 5', () => {
    expect(checkDigit('0794')).toBe(5)
  })
})
