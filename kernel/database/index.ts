import type { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { joinTransactionOn } from './joined.ts'
import { assertCommitted, createPool, inOneWrite, type PoolOptions, withConnection } from './pool.ts'

export {
  asFault,
  assertCommitted,
  createPool,
  inOneWrite,
  type PoolOptions,
  sqlState,
  survivingBreaks,
  withConnection,
} from './pool.ts'

/** A connection lent for one transaction, and the domain's Prisma client that speaks on it. */
export type Lent<Client> = { connection: pg.PoolClient; client: Client }

/** One domain's database under its service role: nothing is visible until a tenant is set. */
export type Database<Client> = {
  /** Runs `work` in a read-only transaction of one tenant. */
  read<T>(tenantId: string, work: (client: Client) => Promise<T>): Promise<T>
  /** Runs `work` in a transaction of one tenant. For projections and view records; a mutation is a command. */
  write<T>(tenantId: string, work: (lent: Lent<Client>) => Promise<T>): Promise<T>
  /** Lends a connection on which the caller opens its own transaction: the command pipeline does. */
  lend<T>(work: (lent: Lent<Client>) => Promise<T>): Promise<T>
  /** How many connections are busy and idle, and how many callers wait for one. */
  connections(): { busy: number; idle: number; waiting: number }
  /** Resolves when the database answers. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Opens a domain's database. `createClient` makes its generated Prisma client on a given adapter. */
export function openDatabase<Client>(
  options: PoolOptions,
  createClient: (options: { adapter: PrismaPg }) => Client,
): Database<Client> {
  const pool = createPool(options)
  const clients = new WeakMap<pg.PoolClient, Client>()

  function clientOn(connection: pg.PoolClient): Client {
    const known = clients.get(connection)
    if (known) return known
    const client = createClient({ adapter: joinTransactionOn(connection) })
    clients.set(connection, client)
    return client
  }

  const lend: Database<Client>['lend'] = (work) =>
    withConnection(pool, (connection) => work({ connection, client: clientOn(connection) }))

  const transaction = <T>(begin: string, tenantId: string, work: (lent: Lent<Client>) => Promise<T>) =>
    lend(async (lent) => {
      await inOneWrite(lent.connection, () => [
        lent.connection.query(begin),
        lent.connection.query({
          name: 'kernel.tenant',
          text: "select set_config('app.tenant', $1, true)",
          values: [tenantId],
        }),
      ])
      const result = await work(lent)
      assertCommitted(await lent.connection.query('COMMIT'))
      return result
    })

  return {
    read: (tenantId, work) => transaction('BEGIN READ ONLY', tenantId, ({ client }) => work(client)),
    write: (tenantId, work) => transaction('BEGIN', tenantId, work),
    lend,
    connections: () => ({
      busy: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),
    check: async () => void (await withConnection(pool, (connection) => connection.query('select 1'))),
    close: () => pool.end(),
  }
}
