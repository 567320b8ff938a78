/** What became of one entity, as an auditor will read it. Made by `change()`, never by hand. */
export type Change = {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'VIEW'
  readonly entity: string
  readonly id: string
  readonly before: Snapshot | null
  readonly after: Snapshot | null
  readonly tags: readonly string[]
}

/** The columns of a row as JSON: dates in ISO 8601, integers beyond 2^53 as text. */
export type Snapshot = Readonly<Record<string, unknown>>

type Row = { readonly id: string }

/**
 * Describes a change of one row: no `before` is a creation, no `after` a deletion. Rows that were loaded
 * along with it are left out: each has a change of its own. `tags` are for auditors' filters, such as
 * FOUR_EYES.
 */
export function change(entity: string, before: Row | null, after: Row | null, tags: readonly string[] = []): Change {
  const row = after ?? before
  if (!row) throw new TypeError('a change has a row before it, a row after it, or both')
  const operation = before ? (after ? 'UPDATE' : 'DELETE') : 'CREATE'
  return { operation, entity, id: row.id, before: before && snapshot(before), after: after && snapshot(after), tags }
}

/** Describes a sensitive read: who saw what is recorded, not what it said. */
export function view(entity: string, id: string, tags: readonly string[] = []): Change {
  return { operation: 'VIEW', entity, id, before: null, after: null, tags }
}

function snapshot(row: object): Snapshot {
  const columns = Object.entries(row).filter(([name, value]) => name !== 'tenantId' && !isLoadedAlong(value))
  return JSON.parse(JSON.stringify(Object.fromEntries(columns), (_, value) => asJson(value)))
}

function isLoadedAlong(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isLoadedAlong)
  return typeof value === 'object' && value !== null && 'tenantId' in value
}

const asJson = (value: unknown) => (typeof value === 'bigint' ? value.toString() : value)
