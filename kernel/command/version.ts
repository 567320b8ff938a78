import { conflict } from '../errors/index.ts'

type Versioned = { readonly id: string; readonly version: number }

/**
 * Saves a change of `row` if it is still the one that was loaded, and gives the row as saved. Otherwise it
 * is the Conflict STALE_VERSION.
 */
export async function saveVersion<Row extends Versioned>(
  table: { update(args: never): PromiseLike<unknown> },
  row: Row,
  changes: Partial<Omit<Row, 'id' | 'version'>>,
): Promise<Row> {
  const args = { where: { id: row.id, version: row.version }, data: { ...changes, version: row.version + 1 } }
  // Prisma's own types of `update` differ per table; what is common to them is said by the parameters above.
  const saved = await Promise.resolve(table.update(args as never)).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'P2025') throw error
    throw stale(row.id, row.version, error)
  })
  return { ...row, ...(saved as Row) }
}

/** Compares the version a caller has seen with the one that is stored: the Conflict STALE_VERSION if they differ. */
export function expectVersion(row: Versioned, expectedVersion: number): void {
  if (row.version !== expectedVersion) throw stale(row.id, expectedVersion)
}

function stale(id: string, version: number, cause?: unknown) {
  const message = `${id} has changed since version ${version}: read it again and decide anew`
  return conflict('STALE_VERSION', message, { id, version }, { cause })
}
