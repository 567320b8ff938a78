import { readFileSync } from 'node:fs'
import { setTimeout as rest } from 'node:timers/promises'
import { openStore, type Store } from '@steinmetz/saga-worker/store'
import { asSuperuser } from '@steinmetz/stack'
import { launchWorker, stopped } from './engines.ts'
import { median, type Server } from './server.ts'

export type Growth = {
  /** Milliseconds to take a saga in hand, by how many others wait for an approval. */
  claimMs: ReadonlyMap<number, number>
  /** Milliseconds to find the saga that has been due for longest and take it in hand, by how many others are due. */
  nextMs: ReadonlyMap<number, number>
  /** Resident memory of an idle worker, in MiB, by how many sagas wait. */
  idleMiB: ReadonlyMap<number, number>
}

const sizes = [1_000, 100_000]
const claims = 400
const settleMs = 5_000

/** Measures what waiting sagas cost those that do not wait, and a worker that has nothing to do. */
export async function growth(server: Server, effectsUrl: string): Promise<Growth> {
  const stores = new Map<number, Store>()
  const idleMiB = new Map<number, number>()
  for (const size of sizes) {
    const name = `processes_${size}`
    const processes = (await server.copy('processes', name))('engine')
    const bus = (await server.copy('bus', `bus_${size}`))('service')
    const queue = (await server.copy('queue', `queue_${size}`))('service')
    const options = { concurrency: 16, effectsUrl, redisUrl: undefined }
    // The first start publishes the definition.
    await stopped(await launchWorker({ processes, bus, queue }, options))
    await fill(server.superuserUrl(name), size, waiting)
    const worker = await launchWorker({ processes, bus, queue }, options)
    await rest(settleMs)
    idleMiB.set(size, residentMiB(worker.pid ?? 0))
    await stopped(worker)
    const given = { connectionString: processes, worker: 'bench', leaseMs: 60_000, knows: ['transfer@1'] }
    stores.set(size, openStore({ ...given, max: 2 }))
  }
  const claimMs = await inTurns(stores, async (store, size) => {
    const ids = await fill(server.superuserUrl(`processes_${size}`), claims, due)
    return async (nth) => timed(() => store.claim(ids[nth] ?? ''))
  })
  for (const size of sizes) await fill(server.superuserUrl(`processes_${size}`), size, due)
  const nextMs = await inTurns(stores, async (store) => async () => timed(() => next(store)))
  for (const store of stores.values()) await store.close()
  return { claimMs, nextMs, idleMiB }
}

type Filling = { state: string; awaits: string; nextRun: string }

const waiting: Filling = { state: 'WAITING', awaits: "'approval:' || n", nextRun: "now() + interval '30 days'" }
const due: Filling = { state: 'RUNNING', awaits: 'null', nextRun: "now() - interval '1 hour'" }

/** Puts sagas of many tenants there, each at its first step, as the engine leaves them. Gives their ids. */
async function fill(superuserUrl: string, count: number, { state, awaits, nextRun }: Filling): Promise<string[]> {
  return asSuperuser(superuserUrl, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `insert into saga.instance (tenant_id, definition, definition_version, correlation, state, start, started_by,
         caused_by, awaits, next_run_at, deadline_at)
       select md5((n % 50)::text)::uuid, 'transfer', 1, gen_random_uuid()::text, $2, '{"cents":1}', gen_random_uuid(),
         '{"person":"clerk"}', ${awaits}, ${nextRun}, now() + interval '30 days'
       from generate_series(1, $1::int) n returning id`,
      [count, state],
    )
    await client.query(
      `insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, command)
       select id, tenant_id, 0, 'FORWARD', 'debit', 'step', 'STARTED', '{"subgraph":"effects","mutation":"debit","input":{}}'
       from saga.instance where id = any($1)`,
      [rows.map(({ id }) => id)],
    )
    // What the server does by itself within a minute.
    await client.query('vacuum analyze saga.instance, saga.step')
    return rows.map(({ id }) => id)
  })
}

/** Measures on each database in turns, so that what else the machine does falls on both; gives the medians. */
async function inTurns(
  stores: ReadonlyMap<number, Store>,
  prepare: (store: Store, size: number) => Promise<(nth: number) => Promise<number>>,
): Promise<ReadonlyMap<number, number>> {
  const measured = new Map<number, { next: (nth: number) => Promise<number>; times: number[] }>()
  for (const [size, store] of stores) measured.set(size, { next: await prepare(store, size), times: [] })
  for (let nth = 0; nth < claims; nth++) for (const { next, times } of measured.values()) times.push(await next(nth))
  // The first of them warm connections and plans.
  return new Map([...measured].map(([size, { times }]) => [size, median(times.slice(20))]))
}

async function next(store: Store): Promise<unknown> {
  const [id] = await store.due(1)
  return id === undefined ? null : store.claim(id)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  if (!(await work())) throw new Error('a saga that is due was not taken in hand')
  return performance.now() - began
}

function residentMiB(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8')
    .split('\n')
    .find((text) => text.startsWith('VmRSS'))
  return Number(line?.replace(/\D/g, '')) / 1_024
}
