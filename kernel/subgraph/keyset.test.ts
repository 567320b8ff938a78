import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Connection, connection } from './connection.ts'
import { keyset, type SortKey } from './keyset.ts'

type Row = { id: string; name: string; bornAt: Date }

const byName: SortKey<Row> = { text: ({ name }) => name, column: (name) => ({ name }) }
const byBirth: SortKey<Row> = { moment: ({ bornAt }) => bornAt, column: (bornAt) => ({ bornAt }) }

const rows = fc.uniqueArray(
  fc.record({
    id: fc.uuid(),
    // Few names, so that many share one.
    name: fc.constantFrom('Arndt', 'Böhm', 'Çelik', ''),
    bornAt: fc.constantFrom(new Date('1971-01-01'), new Date('0001-01-01'), new Date('9999-12-31')),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
)

describe('a keyset', () => {
  test.each([
    ['NAME', byName],
    ['BIRTH', byBirth],
  ])('leads through all rows once, in order and back: %s', async (name, key) => {
    await fc.assert(
      fc.asyncProperty(rows, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (all, descending, first) => {
        const order = keyset<Row>(name, key, descending)
        const sorted = all.toSorted((a, b) => compared(order.orderBy, a, b))
        const seen: Row[] = []
        let after: string | null = null
        do {
          const page: Connection<Row> = await connection<Row>(
            { first, after },
            {
              ...order,
              atMost: 100,
              count: async () => all.length,
              rows: async (position, take) => sorted.filter((row) => holds(order.behind(position), row)).slice(0, take),
            },
          )
          seen.push(...page.edges.map(({ node }) => node))
          after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
        } while (after)
        expect(seen).toEqual(sorted)
      }),
    )
  })

  test('takes a position of its own order alone', () => {
    const order = keyset('NAME', byName, false)
    const row = { id: '0198c0de-0000-7000-8000-000000000001', name: 'Böhm', bornAt: new Date(0) }
    expect(order.isPosition(order.position(row))).toBe(true)
    expect(keyset('NAME', byName, true).isPosition(order.position(row))).toBe(false)
    expect(keyset('BIRTH', byBirth, false).isPosition(order.position(row))).toBe(false)
    for (const made of [
      '',
      'Böhm',
      '[]',
      'null',
      '["NAME asc",7,"x"]',
      `["NAME asc",7,"${row.id}"]`,
      '["NAME asc","B"]',
    ])
      expect(order.isPosition(made)).toBe(false)
    expect(order.isPosition(JSON.stringify(['NAME asc', 'a\0', row.id]))).toBe(false)
    expect(order.isPosition(`["NAME asc","\\ud800","${row.id}"]`)).toBe(false)
    expect(keyset('BIRTH', byBirth, false).isPosition(`["BIRTH asc",1e300,"${row.id}"]`)).toBe(false)
  })
})

/** What Prisma makes of `orderBy`, for values that compare as JavaScript does. */
function compared(orderBy: object[], a: Row, b: Row): number {
  for (const [column, direction] of orderBy.flatMap((one) => Object.entries(one))) {
    const [left, right] = [cellOf(a, column), cellOf(b, column)]
    if (left !== right) return (left < right ? -1 : 1) * (direction === 'asc' ? 1 : -1)
  }
  return 0
}

/** What Prisma makes of `where`. */
function holds(where: object, row: Row): boolean {
  return Object.entries(where).every(([name, condition]) => {
    if (name === 'AND') return (condition as object[]).every((one) => holds(one, row))
    if (name === 'OR') return (condition as object[]).some((one) => holds(one, row))
    return Object.entries(condition as object).every(([operator, bound]) => {
      const [value, other] = [cellOf(row, name), bound instanceof Date ? bound.getTime() : bound]
      if (operator.endsWith('e') && value === other) return true
      return operator.startsWith('gt') ? value > other : value < other
    })
  })
}

function cellOf(row: Row, column: string): string | number {
  const value = row[column as keyof Row]
  return value instanceof Date ? value.getTime() : value
}
