import { GraphQLError } from 'graphql'

/** A page of a list as Relay's cursor connections have it. */
export type Connection<Row> = {
  readonly edges: readonly { readonly cursor: string; readonly node: Row }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
  readonly totalCount: () => Promise<number>
}

export type PageArguments = { readonly first: number; readonly after?: string | null }

/**
 * Builds a page. `rows(after, take)` gives the rows behind a position in the list's order; `position` gives
 * that of a row, unique and never changing, so that pages stay stable while rows are added. The total is
 * counted only when it is asked for.
 */
export async function connection<Row>(
  { first, after }: PageArguments,
  list: {
    readonly atMost: number
    readonly rows: (after: string | undefined, take: number) => Promise<Row[]>
    readonly position: (row: Row) => string
    /** What positions look like, where not every text is one: a made-up cursor is told apart by it. */
    readonly isPosition?: (text: string) => boolean
    readonly count: () => Promise<number>
  },
): Promise<Connection<Row>> {
  if (!Number.isInteger(first) || first < 1 || first > list.atMost)
    throw new GraphQLError(`first: ask for 1 to ${list.atMost} at once`, { extensions: { code: 'BAD_USER_INPUT' } })
  const found = await list.rows(after ? decodeCursor(after, list.isPosition) : undefined, first + 1)
  const edges = found.slice(0, first).map((node) => ({ cursor: encodeCursor(list.position(node)), node }))
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: Boolean(after),
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: list.count,
  }
}

const idPattern = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Whether a text is written as the ids of this platform are; the database takes no other for one. */
export const isId = (text: string) => idPattern.test(text)

// Holds a name of twice a hundred characters beside an id.
const cursorAtMost = 2_000
const encodeCursor = (position: string) => Buffer.from(position, 'utf8').toString('base64url')

function decodeCursor(cursor: string, isPosition: (text: string) => boolean = () => true): string {
  const position = Buffer.from(cursor, 'base64url').toString('utf8')
  const ours = cursor.length <= cursorAtMost && encodeCursor(position) === cursor && !position.includes('\0')
  if (ours && position.length > 0 && isPosition(position)) return position
  throw new GraphQLError('after: this cursor was not given by this list', { extensions: { code: 'BAD_USER_INPUT' } })
}
