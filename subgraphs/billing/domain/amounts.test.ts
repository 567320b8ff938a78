import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineNetCents, readBreakdown, rounded, storedBreakdown, sum, totalsOf } from './amounts.ts'

const category = fc.constantFrom('STANDARD', 'REDUCED', 'ZERO', 'REVERSE_CHARGE')
const rates = { STANDARD: 19n, REDUCED: 7n, ZERO: 0n, REVERSE_CHARGE: 0n }
const priced = fc.record({
  quantityThousandths: fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }),
  unitPriceMicros: fc.bigInt({ min: 0n, max: 10n ** 12n }),
  vatCategory: category,
})
const counted = (line: { quantityThousandths: number; unitPriceMicros: bigint; vatCategory: keyof typeof rates }) => ({
  ...line,
  netCents: lineNetCents(line),
})
const lines = fc.array(priced.map(counted as never), { minLength: 1, maxLength: 30 }) as fc.Arbitrary<
  ReturnType<typeof counted>[]
>

describe('rounding', () => {
  test.each([
    [5n, 10n, 1n],
    [4n, 10n, 0n],
    [-5n, 10n, -1n],
    [-4n, 10n, 0n],
    [15n, 10n, 2n],
    [25n, 10n, 3n],
    [7n, 7n, 1n],
  ])('takes %s / %s to %s', (above, below, expected) => expect(rounded(above, below)).toBe(expected))

  test('gives the nearest whole number, and that away from zero where two are as near', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n, max: 10n ** 12n }), (above, below) => {
        const whole = rounded(above, below)
        const twiceOff = 2n * (whole * below - above)
        expect(twiceOff <= below && twiceOff >= -below).toBe(true)
        if (twiceOff === below) expect(whole > 0n).toBe(true)
        if (twiceOff === -below) expect(whole < 0n).toBe(true)
      }),
    )
  })

  test('of a negative amount is the negative of the rounding', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), (above, below) => {
        expect(rounded(-above, below)).toBe(-rounded(above, below))
      }),
    )
  })
})

describe('a line', () => {
  test.each([
    // 1.5 hours at 99.99 euros are 149.985: half a cent goes up.
    [1_500, 99_990_000n, 14_999n],
    // 0.333 kg at 3 euros are 0.999.
    [333, 3_000_000n, 100n],
    // 12,345 kWh at 31.2345 cents.
    [12_345_000, 312_345n, 385_590n],
    [-1_500, 99_990_000n, -14_999n],
    [1, 1n, 0n],
  ])('of %s thousandths at %s millionths comes to %s cents', (quantityThousandths, unitPriceMicros, cents) => {
    expect(lineNetCents({ quantityThousandths, unitPriceMicros })).toBe(cents)
  })
})

describe('totals as EN 16931 counts them', () => {
  test('round the tax of a rate once, not line by line', () => {
    // Three lines of 0.03 euros: line by line the tax would be three times 0.01.
    const three = [1, 2, 3].map(() => ({ netCents: 3n, vatCategory: 'STANDARD' as const }))
    expect(totalsOf(three)).toMatchObject({ netCents: 9n, vatCents: 2n, grossCents: 11n })
  })

  test('add up, by line, by category and in the end', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const { netCents, vatCents, grossCents, breakdown } = totalsOf(all)
        expect(netCents).toBe(sum(all.map((line) => line.netCents))) // BR-CO-10, BR-CO-13
        expect(vatCents).toBe(sum(breakdown.map((part) => part.vatCents))) // BR-CO-14
        expect(grossCents).toBe(netCents + vatCents) // BR-CO-15
        expect(new Set(breakdown.map((part) => part.category))).toEqual(new Set(all.map((line) => line.vatCategory)))
        for (const part of breakdown) {
          const own = all.filter((line) => line.vatCategory === part.category)
          expect(part.netCents).toBe(sum(own.map((line) => line.netCents)))
          // BR-CO-17, counted another way: no more than half a cent from the exact amount.
          const exactHundredths = part.netCents * rates[part.category]
          const off = part.vatCents * 100n - exactHundredths
          expect(off <= 50n && off >= -50n).toBe(true)
        }
      }),
    )
  })

  test('do not depend on the order of the lines', () => {
    fc.assert(
      fc.property(lines, (all) => {
        expect(totalsOf([...all].reverse())).toEqual(totalsOf(all))
      }),
    )
  })

  test('of what is taken back are those of the invoice below zero, to the cent', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const back = all.map((line) => counted({ ...line, quantityThousandths: -line.quantityThousandths }))
        const [invoice, storno] = [totalsOf(all), totalsOf(back)]
        expect([storno.netCents, storno.vatCents, storno.grossCents]).toEqual([
          -invoice.netCents,
          -invoice.vatCents,
          -invoice.grossCents,
        ])
      }),
    )
  })

  test('are refused when nothing costs that much', () => {
    const much = [{ netCents: 10n ** 15n, vatCategory: 'ZERO' as const }]
    expect(() => totalsOf(much)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })

  test('are stored as they are', () => {
    fc.assert(
      fc.property(lines, (all) => {
        const { breakdown } = totalsOf(all)
        expect(readBreakdown(JSON.parse(JSON.stringify(storedBreakdown(breakdown))))).toEqual(breakdown)
      }),
    )
  })
})
