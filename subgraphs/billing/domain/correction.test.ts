import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InvoiceLine } from '../generated/prisma/client.ts'
import { lineNetCents, totalsOf } from './amounts.ts'
import { type Corrected, cancellation, creditNote } from './correction.ts'

type Line = Corrected['invoice']['lines'][number]

const line = fc
  .record({
    quantityThousandths: fc.integer({ min: 1, max: 1_000_000 }),
    unitPriceMicros: fc.bigInt({ min: 10_000n, max: 10n ** 10n }),
    vatCategory: fc.constantFrom('STANDARD', 'REDUCED', 'ZERO', 'REVERSE_CHARGE'),
  })
  .map((terms) => ({ ...terms, netCents: lineNetCents(terms) }) as unknown as InvoiceLine)
const invoices = fc.array(line, { minLength: 1, maxLength: 5 }).map(issued)
const terms = { reason: 'Minderung', series: 'RK' }

describe('a Storno', () => {
  test('leaves nothing of any invoice', () => {
    fc.assert(
      fc.property(invoices, (invoice) => {
        const { invoice: back, lines } = cancellation({ invoice, corrections: [] }, terms)
        expect([back.netCents, back.vatCents, back.grossCents]).toEqual([
          -invoice.netCents,
          -invoice.vatCents,
          -invoice.grossCents,
        ])
        expect(lines.map(({ netCents }) => -netCents)).toEqual(invoice.lines.map(({ netCents }) => netCents))
      }),
    )
  })
})

describe('credit notes', () => {
  test('never take back more of a line or a rate than was invoiced, however many there are', () => {
    const attempts = fc.array(fc.record({ of: fc.nat(4), quantityThousandths: fc.integer({ min: 1, max: 400_000 }) }), {
      maxLength: 12,
    })
    fc.assert(
      fc.property(invoices, attempts, (invoice, asked) => {
        const corrections: Corrected['corrections'][number][] = []
        for (const { of, quantityThousandths } of asked) {
          const lineId = invoice.lines[of % invoice.lines.length]?.id ?? ''
          const note = allowed(() =>
            creditNote({ invoice, corrections }, { ...terms, lines: [{ lineId, quantityThousandths }] }),
          )
          if (note) corrections.push({ ...invoice, ...note.invoice, lines: note.lines as unknown as Line[] })
        }
        const credited = corrections.flatMap(({ lines }) => lines)
        for (const { id, netCents } of invoice.lines) {
          const back = credited.filter(({ correctsLineId }) => correctsLineId === id)
          expect(-total(back) <= netCents).toBe(true)
        }
        expect(-total(corrections) <= invoice.netCents).toBe(true)
        // Each note is rounded by itself: beyond the invoice are at most half a cent a note and rate.
        const gross = corrections.reduce((sum, { grossCents }) => sum - grossCents, 0n)
        expect(gross - invoice.grossCents <= BigInt(corrections.length)).toBe(true)
      }),
    )
  })

  test('take all of it back when all of it is asked for', () => {
    fc.assert(
      fc.property(invoices, (invoice) => {
        fc.pre(invoice.grossCents > 0n)
        const lines = invoice.lines.map(({ id, quantityThousandths }) => ({ lineId: id, quantityThousandths }))
        const { invoice: note } = creditNote({ invoice, corrections: [] }, { ...terms, lines })
        expect(note.grossCents).toBe(-invoice.grossCents)
      }),
    )
  })
})

const total = (of: readonly { netCents: bigint }[]) => of.reduce((sum, { netCents }) => sum + netCents, 0n)

function allowed<T>(decide: () => T): T | null {
  try {
    return decide()
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/CREDIT_EXCEEDS_INVOICE|INVALID_INPUT/) })
    return null
  }
}

function issued(lines: readonly InvoiceLine[]): Corrected['invoice'] {
  const withIds = lines.map((one, at) => ({ ...one, id: `line-${at}`, position: at + 1, description: 'Ware' }))
  return { id: 'invoice', kind: 'INVOICE', status: 'ISSUED', lines: withIds, ...totalsOf(lines) } as never
}
