import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as rest } from 'node:timers/promises'
import { embeddedBus } from '@steinmetz/kernel/bus'
import { asSuperuser } from '@steinmetz/stack'
import pg from 'pg'
import type { Server } from './server.ts'
import { ordered } from './transfer.ts'

const peers = join(import.meta.dirname, '..', 'sagas-peers')

/** How long one saga took: from its order, and from its beginning, until its end was committed. */
export type One = { orderedMs: number; begunMs: number }

/** An engine that is ready to work: it runs as many transfers as it is told, some of them at once. */
export type Engine = {
  name: string
  pid: number
  /** The time of a saga's end is taken in the statement that commits it: the commit itself is still to come. */
  endsBeforeCommit: boolean
  /** Gives the milliseconds from the first order until the last end was committed. */
  run(count: number): Promise<number>
  /** One transfer alone, which is looked for every so many milliseconds. */
  runOne(lookMs: number): Promise<One>
  stop(): Promise<void>
}

/** Installs the peer in its own folder, once; it is no part of the product. */
export function installPeers(): void {
  if (existsSync(join(peers, 'node_modules', '@dbos-inc', 'dbos-sdk'))) return
  process.stdout.write('installing the peer in bench/sagas-peers (once)\n')
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
  execFileSync('npm', args, { cwd: peers, stdio: ['ignore', 'ignore', 'inherit'] })
}

export type Effects = { url: string; count(): Promise<number>; stop(): Promise<void> }

/** Starts the server of the effects, which both engines' steps ask. */
export async function startEffects(server: Server): Promise<Effects> {
  const database = await server.empty('effects')
  const table = 'create table effect (key text primary key, mutation text not null, about text not null)'
  await asSuperuser(database, (client) => client.query(table))
  const child = launched([join(import.meta.dirname, 'effects.ts'), database], process.env)
  const [line] = await once(child.stdout ?? child, 'data')
  return {
    url: `http://127.0.0.1:${Number(String(line))}/graphql`,
    count: () => asSuperuser(database, async (client) => (await client.query('select from effect')).rowCount ?? 0),
    stop: () => stopped(child),
  }
}

export type OursOptions = {
  /** Names its databases. */
  name: string
  concurrency: number
  effectsUrl: string
  redisUrl: string | undefined
}

/** Our worker in a process of its own, on databases of its own. Transfers come to it over the bus. */
export async function launchOurs(server: Server, options: OursOptions): Promise<Engine> {
  const { name, concurrency, effectsUrl, redisUrl } = options
  const suffix = `${name}_${concurrency}`
  const processes = await server.copy('processes', `processes_${suffix}`)
  const busUrl = (await server.copy('bus', `bus_${suffix}`))('service')
  const queueUrl = (await server.copy('queue', `queue_${suffix}`))('service')
  const child = await launchWorker(
    { processes: processes('engine'), bus: busUrl, queue: queueUrl },
    { concurrency, effectsUrl, redisUrl },
  )
  const bus = embeddedBus(busUrl)
  const sagas = new pg.Client({ connectionString: processes('engine') })
  sagas.on('error', () => {})
  await sagas.connect()

  /** Publishes so many orders and waits until every saga has ended; all times are the server's, which is this machine's. */
  async function timed(count: number, lookMs: number): Promise<One> {
    const tenantId = randomUUID()
    const orders = Array.from({ length: count }, () => ordered(randomUUID(), tenantId))
    const began = performance.timeOrigin + performance.now()
    // As relays do: some at a time, in their order.
    for (let from = 0; from < count; from += 100) await bus.publish(orders.slice(from, from + 100))
    for (;;) {
      await rest(lookMs)
      const { rows } = await sagas.query<{ ended: number; first: number; last: number }>(times, [tenantId])
      const [row] = rows
      if (row?.ended === count) return { orderedMs: row.last - began, begunMs: row.last - row.first }
    }
  }
  return {
    name: `ours, queue in ${redisUrl ? 'Redis' : 'PostgreSQL'}`,
    pid: child.pid ?? 0,
    endsBeforeCommit: true,
    run: async (count) => (await timed(count, 50)).orderedMs,
    runOne: (lookMs) => timed(1, lookMs),
    async stop() {
      await stopped(child)
      await sagas.end()
      await bus.close()
    },
  }
}

const times = `
  select count(*)::int as ended, extract(epoch from min(created_at))::float8 * 1000 as first,
    extract(epoch from max(finished_at))::float8 * 1000 as last
  from saga.instance where tenant_id = $1 and state = 'COMPLETED'`

/** Starts a worker as it runs in production, but for the process it drives. */
export async function launchWorker(
  urls: { processes: string; bus: string; queue: string },
  { concurrency, effectsUrl, redisUrl }: Pick<OursOptions, 'concurrency' | 'effectsUrl' | 'redisUrl'>,
): Promise<ChildProcess> {
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const child = launched([join(import.meta.dirname, 'ours.ts')], {
    PATH: process.env.PATH,
    PORT: '0',
    LOG_LEVEL: 'warn',
    ENGINE_DATABASE_URL: urls.processes,
    BUS_DATABASE_URL: urls.bus,
    QUEUE_DATABASE_URL: urls.queue,
    ...(redisUrl && { REDIS_URL: redisUrl }),
    INTERNAL_SIGNING_KEY: JSON.stringify({ ...key, kid: 'saga-worker-1' }),
    SUBGRAPH_URLS: JSON.stringify({ effects: effectsUrl }),
    CONCURRENCY: String(concurrency),
    TENANT_CONCURRENCY: '10000',
  })
  await once(child.stdout ?? child, 'data')
  return child
}

/** DBOS Transact in a process of its own. It starts the workflows itself, which is its fastest way. */
export async function launchDbos(server: Server, concurrency: number, effectsUrl: string): Promise<Engine> {
  const database = await server.empty(`dbos_${concurrency}`)
  const child = spawn(process.execPath, [join(peers, 'dbos.mjs'), database, effectsUrl], {
    cwd: peers,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  endsWithUs(child)
  await once(child, 'message')
  const run = async (count: number, atOnce: number): Promise<number> => {
    child.send({ count, concurrency: atOnce })
    const [wallMs] = await once(child, 'message')
    return wallMs
  }
  return {
    name: 'DBOS Transact',
    pid: child.pid ?? 0,
    endsBeforeCommit: false,
    run: (count) => run(count, concurrency),
    async runOne() {
      const ms = await run(1, 1)
      return { orderedMs: ms, begunMs: ms }
    },
    stop: () => stopped(child),
  }
}

function launched(args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return endsWithUs(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }))
}

/** A run that fails leaves nobody behind. */
function endsWithUs(child: ChildProcess): ChildProcess {
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  return child
}

export async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await once(child, 'exit')
  clearTimeout(late)
}
