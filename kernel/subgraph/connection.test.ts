import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connection } from './connection.ts'

const pageOf = (all: readonly string[], page: { first: number; after?: string | null }) =>
  connection(page, {
    atMost: 100,
    position: (row: string) => row,
    count: async () => all.length,
    rows: async (after, take) => all.filter((row) => after === undefined || row > after).slice(0, take),
  })

describe('a connection', () => {
  test('gives every row once, in order, whatever the size of a page', async () => {
    const rows = fc.uniqueArray(
      fc.string({ minLength: 1 }).filter((text) => !text.includes('\0')),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 7 }), async (unsorted, first) => {
        const all = unsorted.sort()
        const seen: string[] = []
        let after: string | null = null
        for (let more = true; more; ) {
          const page = await pageOf(all, { first, after })
          seen.push(...page.edges.map(({ node }) => node))
          after = page.pageInfo.endCursor
          more = page.pageInfo.hasNextPage
        }
        expect(seen).toEqual(all)
      }),
    )
  })

  test('goes on behind its cursor when rows are added before it', async () => {
    const first = await pageOf(['b', 'd', 'f'], { first: 2 })
    const second = await pageOf(['a', 'b', 'c', 'd', 'f'], { first: 2, after: first.pageInfo.endCursor })
    expect(second.edges.map(({ node }) => node)).toEqual(['f'])
  })

  test.each([0, -1, 101, 1.5])('refuses %d rows at once', async (first) => {
    await expect(pageOf(['a'], { first })).rejects.toThrow('first: ask for 1 to 100 at once')
  })

  test.each(['?', 'YQ==', '', 'x'.repeat(600)])('refuses the cursor %j, which it never gave', async (after) => {
    if (after === '') expect((await pageOf(['a'], { first: 1, after })).edges).toHaveLength(1)
    else await expect(pageOf(['a'], { first: 1, after })).rejects.toThrow('was not given by this list')
  })
})
