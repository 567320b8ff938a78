import pg from 'pg'
import { fault, SteinmetzError } from '../errors/index.ts'

export type PoolOptions = {
  connectionString: string
  /** Connections at most. Default 8; each costs about 2 MB for the Prisma client that stays on it. */
  max?: number
  /** How long a statement waits for a row another transaction holds. Default 2,000 ms. */
  lockMs?: number
  /** How long a caller waits for a free connection. Default 5,000 ms. */
  checkoutMs?: number
  /** When the server ends a transaction whose process hangs. Default 10,000 ms. */
  transactionMs?: number
  /** Further settings of the server for these connections, by name. */
  settings?: Readonly<Record<string, string>>
}

/** A pool whose waits are all bounded: each limit that is reached is a Fault, and the caller may come again. */
export function createPool({
  connectionString,
  max = 8,
  lockMs = 2_000,
  checkoutMs = 5_000,
  transactionMs = 10_000,
  settings = {},
}: PoolOptions): pg.Pool {
  // `pipeline` is newer than the published types.
  const options: pg.PoolConfig & { pipeline: boolean } = {
    connectionString,
    max,
    pipeline: true,
    lock_timeout: lockMs,
    // The server ends a transaction in time; only one that cannot be heard any more gives no answer.
    query_timeout: transactionMs * 1.5,
    connectionTimeoutMillis: checkoutMs,
    idleTimeoutMillis: 0, // a new connection costs a new Prisma client, with cold plans
    options: Object.entries({ transaction_timeout: transactionMs, ...settings })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
  }
  return survivingBreaks(new pg.Pool(options))
}

/**
 * Whoever uses a connection that breaks (a server that crashed) is told by the query; an idle one leaves the
 * pool by itself. The connection says so besides, and where nobody listens that ends the process.
 */
export function survivingBreaks(pool: pg.Pool): pg.Pool {
  pool.on('error', () => {})
  pool.on('connect', (connection) => connection.on('error', () => {}))
  return pool
}

/** Lends a connection, rolls back what it left open, and never lends a broken one again. */
export async function withConnection<T>(pool: pg.Pool, work: (connection: pg.PoolClient) => Promise<T>): Promise<T> {
  const connection = await pool.connect().catch(asFault)
  let broken: Error | undefined
  try {
    return await work(connection)
  } catch (error) {
    if (error instanceof Error && error.message === noAnswer) broken = error
    else if (inTransaction(connection)) await connection.query('ROLLBACK').catch((cause: Error) => (broken = cause))
    return asFault(error)
  } finally {
    connection.release(broken)
  }
}

/**
 * Sends statements back to back in one packet: a write to the socket costs more than most of our own code.
 * All are awaited even when one fails, because a connection with answers outstanding must not be lent on;
 * then the first failure is thrown.
 */
export async function inOneWrite(
  connection: pg.PoolClient,
  send: () => Promise<pg.QueryResult>[],
): Promise<pg.QueryResult[]> {
  const { stream } = (connection as unknown as { connection: { stream: { cork(): void; uncork(): void } } }).connection
  stream.cork()
  const sent = send()
  process.nextTick(() => stream.uncork())
  const settled = await Promise.allSettled(sent)
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** COMMIT of an aborted transaction does not fail, it answers ROLLBACK. */
export function assertCommitted(commit: pg.QueryResult | undefined): void {
  if (commit?.command !== 'COMMIT') throw fault('COMMIT_LOST', 'the transaction was rolled back at commit')
}

/** Whether a transaction is open: the server says so with every answer ('I' is idle). */
function inTransaction(connection: pg.PoolClient): boolean {
  return (connection as unknown as { getTransactionStatus(): string | null }).getTransactionStatus() !== 'I'
}

/** What the driver says when no answer came in time. */
const noAnswer = 'Query read timeout'
const lockNotAvailable = '55P03'
// Connection exceptions, shutdown, too many connections, deadlock, serialisation, transaction timeout.
const passing = /^(08...|57P0[1-4]|53300|40P01|40001|25P04|57014)$/
const brokenConnection =
  /ECONNREFUSED|ECONNRESET|EPIPE|Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout|after calling end on the pool/

/** Tells a database that is down, slow or busy (a Fault: come again) from an error of ours, which it rethrows. */
export function asFault(error: unknown): never {
  if (error instanceof SteinmetzError) throw error
  const code = sqlState(error)
  if (code === lockNotAvailable)
    throw fault('DATABASE_BUSY', 'another change of the same record is still under way', { cause: error })
  if ((code && passing.test(code)) || brokenConnection.test(describe(error)))
    throw fault('DATABASE_UNAVAILABLE', 'the database does not answer', { cause: error })
  throw error
}

/** The five-character SQLSTATE of an error by pg, or by Prisma's adapter around it. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { code, originalCode, cause, meta } = error as Record<string, unknown>
  if (typeof originalCode === 'string') return originalCode
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !code.startsWith('P')) return code
  const adapterError = (meta as { driverAdapterError?: unknown } | undefined)?.driverAdapterError
  return sqlState(adapterError) ?? sqlState(cause)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as { code?: unknown }).code
  return `${String(code ?? '')} ${error.message} ${error.cause ? describe(error.cause) : ''}`
}
