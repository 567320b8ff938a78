import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

/**
 * A Prisma driver adapter for one connection that is inside our own transaction already. What Prisma would
 * run as a transaction of its own (nested writes, `$transaction`) becomes a savepoint: its COMMIT would be
 * ours.
 *
 * There is one such adapter, and one Prisma client, per pooled connection. A single client that dispatches
 * by AsyncLocalStorage would be wrong: Prisma merges the findUnique calls of one tick into one query,
 * across commands and tenants.
 */
export function joinTransactionOn(connection: pg.PoolClient): PrismaPg {
  const factory = new PrismaPg(new OneConnection(connection), { statementNameGenerator: ({ sql }) => nameOf(sql) })
  const connect = factory.connect.bind(factory)
  factory.connect = async () => {
    const adapter = await connect()
    const say = async (sql: string) => void (await connection.query(sql))
    let depth = 0
    adapter.startTransaction = async () => {
      const savepoint = `prisma_${++depth}`
      await say(`SAVEPOINT ${savepoint}`)
      return {
        provider: adapter.provider,
        adapterName: adapter.adapterName,
        options: { usePhantomQuery: true }, // Prisma sends no COMMIT, it calls commit() below
        queryRaw: (query) => adapter.queryRaw(query),
        executeRaw: (query) => adapter.executeRaw(query),
        commit: () => say(`RELEASE SAVEPOINT ${savepoint}`),
        rollback: () => say(`ROLLBACK TO SAVEPOINT ${savepoint}`),
        createSavepoint: (name) => say(`SAVEPOINT ${name}`),
        releaseSavepoint: (name) => say(`RELEASE SAVEPOINT ${name}`),
        rollbackToSavepoint: (name) => say(`ROLLBACK TO SAVEPOINT ${name}`),
      }
    }
    return adapter
  }
  return factory
}

/** Prisma asks a pool; this one has a single connection, the one the transaction is on. */
class OneConnection extends pg.Pool {
  constructor(connection: pg.PoolClient) {
    super()
    this.query = connection.query.bind(connection) as typeof this.query
  }
}

// A prepared statement lives as long as its connection, and an IN list of another length is another
// statement: so the names are bounded, and what comes later goes unnamed.
const namesAtMost = 500
const names = new Map<string, string>()

function nameOf(sql: string): string {
  if (!names.has(sql) && names.size < namesAtMost) names.set(sql, `prisma_${names.size}`)
  return names.get(sql) ?? ''
}
