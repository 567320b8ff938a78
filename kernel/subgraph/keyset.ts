import { isId } from './connection.ts'
import { isStorable } from './scalars.ts'

type Direction = 'asc' | 'desc'
type Comparison = { readonly [operator in 'gt' | 'gte' | 'lt' | 'lte']?: unknown }

/** A key that rows of a list are sorted by. Several rows may share it; their ids tell them apart. */
export type SortKey<Row> = {
  /** What Prisma is told about the key's column: a comparison with it, or the direction it is sorted in. */
  readonly column: (say: Comparison | Direction) => object
} & ({ readonly text: (row: Row) => string } | { readonly moment: (row: Row) => Date })

/** How a list goes on behind a row: its order, the position of a row in it, and what stands behind a position. */
export type Keyset<Row> = {
  /** As Prisma's `orderBy`. */
  readonly orderBy: object[]
  readonly position: (row: Row) => string
  readonly isPosition: (text: string) => boolean
  /** As Prisma's `where`; without a position, everything. */
  readonly behind: (position: string | undefined) => object
}

/**
 * Sorts a list by a key and then by id. `name` is the order's in the contract; positions carry it, so that one
 * of another order is told apart. A position is the key and the id of a row as they were when it was
 * given: pages stay stable while rows are added, and also when that row itself changes.
 */
export function keyset<Row extends { readonly id: string }>(
  name: string,
  key: SortKey<Row>,
  descending: boolean,
): Keyset<Row> {
  const direction = descending ? 'desc' : 'asc'
  const [from, past] = descending ? (['lte', 'lt'] as const) : (['gte', 'gt'] as const)
  const order = `${name} ${direction}`
  const keyOf = (row: Row) => ('text' in key ? key.text(row) : key.moment(row).getTime())
  const read = (text: string) => positionIn(text, order, 'text' in key ? isText : isMoment)
  return {
    orderBy: [key.column(direction), { id: direction }],
    position: (row) => JSON.stringify([order, keyOf(row), row.id]),
    isPosition: (text) => read(text) !== undefined,
    behind(position) {
      const at = position === undefined ? undefined : read(position)
      if (!at) return {}
      const value = typeof at.key === 'number' ? new Date(at.key) : at.key
      // The first condition is the range an index is read in; the second leaves out who shares the key and stands before.
      return {
        AND: [key.column({ [from]: value }), { OR: [key.column({ [past]: value }), { id: { [past]: at.id } }] }],
      }
    },
  }
}

/** A list in the order of its ids, which is that of time: its positions are the ids themselves. */
export function byId(descending: boolean): Keyset<{ readonly id: string }> {
  return {
    orderBy: [{ id: descending ? 'desc' : 'asc' }],
    position: ({ id }) => id,
    isPosition: isId,
    behind: (id) => (id === undefined ? {} : { id: { [descending ? 'lt' : 'gt']: id } }),
  }
}

type Key = string | number

function positionIn(text: string, order: string, isKey: (key: unknown) => key is Key) {
  const [itsOrder, key, id, ...more] = listIn(text)
  const ours = itsOrder === order && isKey(key) && typeof id === 'string' && isId(id) && more.length === 0
  return ours ? { key, id } : undefined
}

function listIn(text: string): unknown[] {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}

const isText = (key: unknown): key is string => typeof key === 'string' && key.isWellFormed() && !key.includes('\0')

const isMoment = (key: unknown): key is number => typeof key === 'number' && isStorable(new Date(key))
