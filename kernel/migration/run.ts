import pg from 'pg'
import { bug, fault } from '../errors/index.ts'
import { type Changeset, type Parameters, readChangelog } from './changelog.ts'
import {
  type Applied,
  createHistory,
  forgetApplied,
  newDeploymentId,
  readHistory,
  recordApplied,
  recordChecksum,
} from './history.ts'

/** One database and what it is to look like. */
export type Migration = {
  /** Connects as the owner of the database. */
  url: string
  /** The folder that the changelogs' paths begin in: the root of the repository, as Liquibase's search path. */
  root: string
  /** Folders of changelogs below `root`, in the order they are applied: `prisma/kernel/changelog`, … */
  folders: readonly string[]
  parameters: Parameters
  log?: (line: string) => void
}

/** One who migrates a database at a time; any number that nobody else locks. */
const advisoryLock = 7_318_450_261
/** Longest wait for another migration, or for a table somebody reads or writes. */
const lockMs = 30_000
const connectTimeoutMs = 10_000

/**
 * Applies what is missing, each changeset in a transaction of its own, and returns what it applied. A
 * database that is up to date costs two reads.
 *
 * Bug CHANGESET_EDITED when a changeset was changed after it was applied, before anything is touched; Bug
 * CHANGESET_FAILED, naming file and line, when one fails: those before it stay applied. Fault
 * DATABASE_UNAVAILABLE when there is no connection.
 */
export async function migrate({ url, root, folders, parameters, log = () => {} }: Migration): Promise<Changeset[]> {
  const changelog = await readChangelog(root, folders, parameters)
  return connected(url, async (client) => {
    const before = await readHistory(client)
    if (pending(changelog, before).length === 0 && unverified(changelog, before).length === 0) return []

    return locked(client, async () => {
      await createHistory(client)
      const history = await readHistory(client) // again, behind the lock: another may have been quicker
      const todo = pending(changelog, history)
      for (const changeset of unverified(changelog, history)) await recordChecksum(client, changeset)
      const deploymentId = await newDeploymentId(client)
      for (const changeset of todo) {
        await apply(client, changeset, deploymentId)
        log(`applied ${nameOf(changeset)}`)
      }
      return todo
    })
  })
}

/** What `migrate` would apply, with its SQL as it would be sent. Changes nothing. Bug CHANGESET_EDITED. */
export async function preview({ url, root, folders, parameters }: Migration): Promise<Changeset[]> {
  const changelog = await readChangelog(root, folders, parameters)
  return connected(url, async (client) => pending(changelog, await readHistory(client)))
}

/**
 * Takes back the last `count` changesets, the latest first, each in a transaction of its own, by the
 * rollback that was recorded when it was applied: the files need not be those of that release any more.
 * Returns what was taken back. Bug ROLLBACK_MISSING, before anything is touched, when one has none.
 */
export async function rollback({
  url,
  count,
  log = () => {},
}: Pick<Migration, 'url' | 'log'> & { count: number }): Promise<Applied[]> {
  return connected(url, (client) =>
    locked(client, async () => {
      const last = (await readHistory(client)).reverse().slice(0, count)
      const stuck = last.find(({ rollback }) => rollback === null)
      if (stuck) throw bug('ROLLBACK_MISSING', `${nameOf(stuck)} says nothing of how to take it back (--rollback)`)
      for (const applied of last) {
        await takeBack(client, applied)
        log(`took back ${nameOf(applied)}`)
      }
      return last
    }),
  )
}

/** What is not applied yet. Refuses when what is applied is not what the changelog says. */
function pending(changelog: readonly Changeset[], history: readonly Applied[]): Changeset[] {
  const applied = new Map(history.map((row) => [keyOf(row), row]))
  for (const changeset of changelog) {
    const checksum = applied.get(keyOf(changeset))?.checksum
    if (checksum && checksum !== changeset.checksum)
      throw bug(
        'CHANGESET_EDITED',
        `${nameOf(changeset)} was changed after it was applied to this database; restore it (${changeset.file}:${changeset.line}) and write a new changeset`,
      )
  }
  return changelog.filter((changeset) => !applied.has(keyOf(changeset)))
}

/** What Liquibase applied, and we take at its word the first time we see it. */
function unverified(changelog: readonly Changeset[], history: readonly Applied[]): Changeset[] {
  const unknown = new Set(history.filter(({ checksum }) => checksum === null).map(keyOf))
  return changelog.filter((changeset) => unknown.has(keyOf(changeset)))
}

async function apply(client: pg.Client, changeset: Changeset, deploymentId: string): Promise<void> {
  try {
    await transaction(client, async () => {
      await client.query(changeset.sql)
      await recordApplied(client, changeset, deploymentId)
    })
  } catch (cause) {
    const line = changeset.line + lineOf(changeset.sql, cause)
    throw bug('CHANGESET_FAILED', `${nameOf(changeset)} failed at ${changeset.file}:${line}: ${messageOf(cause)}`, {
      cause,
    })
  }
}

async function takeBack(client: pg.Client, applied: Applied): Promise<void> {
  try {
    await transaction(client, async () => {
      if (applied.rollback) await client.query(applied.rollback)
      await forgetApplied(client, applied)
    })
  } catch (cause) {
    throw bug('CHANGESET_FAILED', `the rollback of ${nameOf(applied)} failed: ${messageOf(cause)}`, { cause })
  }
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'steinmetz migration',
    connectionTimeoutMillis: connectTimeoutMs,
    lock_timeout: lockMs,
  })
  // A broken connection fails the statement under way; without a listener it would end the process besides.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (cause) {
    throw fault('DATABASE_UNAVAILABLE', 'the database to migrate does not answer', { cause })
  }
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}

async function locked<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('select pg_advisory_lock($1)', [advisoryLock])
  try {
    return await work()
  } finally {
    await client.query('select pg_advisory_unlock($1)', [advisoryLock]).catch(() => {})
  }
}

async function transaction(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await work()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Of an error with a position in the SQL, how many lines below the changeset's first line it stands. */
function lineOf(sql: string, error: unknown): number {
  const position = error instanceof pg.DatabaseError ? Number(error.position) : Number.NaN
  return Number.isNaN(position) ? 0 : sql.slice(0, position).split('\n').length
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function keyOf({ author, id, file }: Pick<Changeset, 'author' | 'id' | 'file'>): string {
  return `${file}::${id}::${author}`
}

function nameOf({ author, id, file }: Pick<Changeset, 'author' | 'id' | 'file'>): string {
  return `${author}:${id} (${file})`
}
