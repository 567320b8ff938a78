import { badInput } from './arguments.ts'

/** As much of a Prisma client as a search needs. */
type Client = { $queryRawUnsafe<T>(sql: string, ...values: unknown[]): PromiseLike<T> }

const charactersAtMost = 200
const wordsAtMost = 10

/**
 * Conditions on a column made by `kernel.searchable`: each word of a text occurs in it, in one of its two
 * spellings. The database spells what is looked for, as it spelt what is stored; see the changelog
 * 0002-search. A text without a word asks nothing.
 */
export async function searching(client: Client, text: string): Promise<{ contains: string }[][]> {
  const words = text.trim().split(/\s+/u).filter(Boolean)
  if (text.length > charactersAtMost || words.length > wordsAtMost)
    throw badInput(`filter.search: give at most ${charactersAtMost} characters and ${wordsAtMost} words`)
  if (words.length === 0) return []
  const spellings = await client.$queryRawUnsafe<{ plain: string; spelt: string }[]>(
    `select kernel.plain(word) as plain, kernel.spelt(word) as spelt
     from unnest($1::text[]) with ordinality as given (word, nth) order by nth`,
    words,
  )
  return spellings.map(({ plain, spelt }) =>
    [...new Set([plain, spelt])].map((part) => ({ contains: literally(part) })),
  )
}

/** Prisma hands `contains` on to LIKE as it is: what LIKE takes for a wildcard is marked as itself. */
const literally = (text: string) => text.replaceAll(/[\\%_]/g, String.raw`\$&`)
