import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import {
  asSuperuser,
  claimFolder,
  databases,
  prepareDatabases,
  provideRedis,
  type RoleKind,
  setPrivileges,
  startPostgres,
} from '@steinmetz/stack'
import pg from 'pg'
import { percentile } from '../gateway/measure.ts'

/** The one PostgreSQL everything is measured on, and a Redis where the machine has one. */
export type Server = {
  /** Its first process: the others are its children. */
  pid: number
  redisUrl: string | undefined
  /** A database without tables, for the peer; gives the superuser's URL. */
  empty(name: string): Promise<string>
  /** A copy of one of the platform's databases; gives its URL for each role. */
  copy(domain: string, name: string): Promise<(role: RoleKind) => string>
  superuserUrl(name: string): string
  stop(): Promise<void>
}

const log = (line: string) => void process.stderr.write(`· ${line}\n`)

/** Starts a fresh server that keeps what it has confirmed, through a power cut: with less nothing is measured. */
export async function startServer(path: string): Promise<Server> {
  rmSync(join(path, 'redis'), { recursive: true, force: true })
  const folder = await claimFolder(path, 'being measured', log)
  const postgres = await startPostgres({ folder, port: 0, durable: true, log })
  const { url } = await prepareDatabases(postgres, folder.secrets, () => {})
  const admin = new pg.Client({ connectionString: postgres.url('postgres') })
  admin.on('error', () => {})
  await admin.connect()
  await assertDurable(admin)
  const redis = await provideRedis({ folder, env: process.env, log })
  const create = async (name: string, as: string) => {
    await admin.query(`drop database if exists "${name}" with (force)`)
    await admin.query(`create database "${name}" ${as}`)
  }
  return {
    pid: await pidOf(admin),
    redisUrl: redis.url,
    superuserUrl: (name) => postgres.url(name),
    async empty(name) {
      await create(name, '')
      return postgres.url(name)
    },
    async copy(domain, name) {
      const spec = databases.find((one) => one.name === domain)
      if (!spec) throw new Error(`the platform has no database ${domain}`)
      await create(name, `owner ${domain}_owner template ${domain}`)
      const urlOf = (role: RoleKind) => {
        const copied = new URL(url(domain, role))
        copied.pathname = `/${name}`
        return copied.href
      }
      await setPrivileges(urlOf('owner'), name, spec)
      return urlOf
    },
    async stop() {
      await admin.end()
      await redis.stop()
      await postgres.stop()
      folder.release()
    },
  }
}

async function assertDurable(admin: pg.Client): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) {
    const { rows } = await admin.query(`show ${setting}`)
    if (rows[0][setting] !== 'on') throw new Error(`${setting} is ${rows[0][setting]}: it must be on`)
  }
}

async function pidOf(admin: pg.Client): Promise<number> {
  const { rows } = await admin.query<{ file: string }>("select pg_read_file('postmaster.pid') as file")
  return Number(rows[0]?.file.split('\n')[0])
}

/** Measures what one commit of one row costs: sent, written to the disk, answered. */
export async function commitProbe(
  connectionString: string,
): Promise<{ next(): Promise<number>; end(): Promise<void> }> {
  await asSuperuser(connectionString, (client) =>
    client.query('create table if not exists probe (id uuid primary key)'),
  )
  const client = new pg.Client({ connectionString })
  client.on('error', () => {})
  await client.connect()
  return {
    async next() {
      const began = performance.now()
      await client.query({ name: 'probe', text: 'insert into probe values ($1)', values: [randomUUID()] })
      return performance.now() - began
    },
    end: () => client.end(),
  }
}

export const median = (values: readonly number[]) => percentile(values, 0.5)
