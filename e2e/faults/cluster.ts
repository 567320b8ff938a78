import { setTimeout as pass } from 'node:timers/promises'
import {
  type DatabaseSpec,
  type DatabaseUrls,
  type DataFolder,
  databases,
  type Postgres,
  prepareDatabases,
  startPostgres,
} from '@steinmetz/stack'
import pg from 'pg'
import { lastingPort } from './ports.ts'

/** A PostgreSQL that can be killed and comes back to where it was. */
export type Cluster = {
  readonly urls: DatabaseUrls
  /** Asks as the superuser; while the server is away, until it is back. */
  query<Row extends pg.QueryResultRow>(database: string, text: string, values?: unknown[]): Promise<Row[]>
  /** Kills the postmaster as by kill -9, and starts it again after a while. Resolves once it takes connections. */
  crash(downMs: number): Promise<void>
  /** Resolves while or as soon as the server is up. */
  up(): Promise<void>
  stop(): Promise<void>
}

export const branches = ['north', 'south'] as const

const ours = new Set(['processes', 'bus', 'queue'])
const branchSpecs = branches.map(
  (name): DatabaseSpec => ({ name, roles: ['owner', 'service', 'relay'], changelogs: ['kernel'] }),
)
const restartPauseMs = 100
const answerTimeoutMs = 60_000

/** Starts a durable PostgreSQL of its own, with the engine's databases and those of two branches. */
export async function startCluster(folder: DataFolder, log: (line: string) => void): Promise<Cluster> {
  const port = await lastingPort()
  const start = () => startPostgres({ folder, port, durable: true, log: () => {} })
  let server: Postgres = await start()
  let back: Promise<void> = Promise.resolve()
  const specs = [...databases.filter(({ name }) => ours.has(name)), ...branchSpecs]
  const urls = await prepareDatabases(server, folder.secrets, log, specs)
  const superuser = poolOf(server.url('postgres'))
  // One call for all files: by default each of some thousand is synced by itself before recovery begins.
  await superuser.query(`alter system set recovery_init_sync_method = 'syncfs'`)
  await superuser.end()
  const pools = new Map(specs.map(({ name }) => [name, poolOf(server.url(name))]))

  async function comeBack(downMs: number): Promise<void> {
    const dead = server
    process.kill(dead.pid, 'SIGKILL')
    await dead.ended
    await Promise.all([dead.stop(), pass(downMs)])
    // Sessions of the dead server may still hold its memory for a moment.
    for (const began = performance.now(); ; await pass(restartPauseMs)) {
      try {
        server = await start()
        return
      } catch (error) {
        if (performance.now() - began > answerTimeoutMs) throw error
      }
    }
  }

  return {
    urls,
    async query<Row extends pg.QueryResultRow>(database: string, text: string, values?: unknown[]) {
      const pool = pools.get(database)
      if (!pool) throw new Error(`there is no database ${database}`)
      for (const began = performance.now(); ; await pass(restartPauseMs)) {
        await back
        try {
          return (await pool.query<Row>(text, values)).rows
        } catch (error) {
          if (!isPassing(error) || performance.now() - began > answerTimeoutMs) throw error
        }
      }
    },
    async crash(downMs) {
      back = comeBack(downMs)
      await back
    },
    up: () => back,
    async stop() {
      await back
      await Promise.all([...pools.values()].map((pool) => pool.end()))
      await server.stop()
    },
  }
}

function poolOf(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 3, connectionTimeoutMillis: 5_000, idleTimeoutMillis: 0 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

/** Whether the server was away, and not the question wrong. */
function isPassing(error: unknown): boolean {
  const { code } = error as { code?: string }
  return !code || !/^(22|23|42)/.test(code)
}
