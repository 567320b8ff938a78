import { setTimeout as pass } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { atLeast, type Kind } from './kinds.ts'
import type { Recovery } from './recovery.ts'
import type { Redis } from './redis.ts'
import type { Schedule } from './schedule.ts'
import type { Tally } from './tally.ts'
import type { Doom, Workers } from './workers.ts'

export type FaultsOptions = {
  readonly schedule: Schedule
  readonly cluster: Cluster
  readonly redis: Redis | null
  readonly workers: Workers
  readonly tally: Tally
  readonly recovery: Recovery
  readonly leaseMs: number
  /** The short form: of each kind as many as there must be, and of the long stops of Redis one. */
  readonly short: boolean
}

/** Faults that come side by side, each kind in its own time. */
export type Faults = { stop(): Promise<void> }

const longStopMs = 60_000
const heldTimeoutMs = 3_000

export function startFaults(options: FaultsOptions): Faults {
  const { schedule, short, tally } = options
  const stopping = new AbortController()
  const { signal } = stopping
  const enough = (...kinds: Kind[]) => short && kinds.every((kind) => tally.of(kind) >= atLeast)

  async function lane(isOver: () => boolean, inject: () => Promise<void>): Promise<void> {
    while (!signal.aborted && !isOver()) await inject()
  }
  const rest = (ms: number) => pass(ms, undefined, { signal }).catch(() => {})

  const lanes = [
    lane(
      () => enough('SIGSTOP beyond the lease, SIGCONT'),
      async () => {
        const { restMs, ...pause } = schedule.nextPause()
        await rest(restMs)
        if (!signal.aborted) await pauseWorker(options, pause)
      },
    ),
    lane(
      () => enough('PostgreSQL kill -9, restarted'),
      async () => {
        const { restMs, downMs } = schedule.nextCrash()
        await rest(restMs)
        if (!signal.aborted) await crash(options, downMs)
      },
    ),
    lane(
      () => !options.redis || enough('Redis flushed', 'Redis stopped'),
      async () => {
        const { restMs, downMs } = schedule.nextRedis()
        await rest(restMs)
        if (options.redis && !signal.aborted) await loseQueue(options, options.redis, { restMs, downMs, rest })
      },
    ),
    lane(
      () => enough('deployment of the next version'),
      async () => {
        await rest(schedule.nextDeployment().restMs)
        if (!signal.aborted) await deploy(options, tally.of('deployment of the next version') + 2)
      },
    ),
  ]
  return {
    async stop() {
      stopping.abort()
      await Promise.all(lanes)
    },
  }
}

/** A worker that has processes in hand sleeps until another has taken them, and wakes up. */
async function pauseWorker(
  { workers, cluster, recovery, tally, leaseMs }: FaultsOptions,
  { which, beyondMs }: { which: number; beyondMs: number },
): Promise<void> {
  const kind = 'SIGSTOP beyond the lease, SIGCONT'
  const worker = workers.running()[which]
  if (!worker) return
  for (const began = performance.now(); performance.now() - began < heldTimeoutMs; await pass(50)) {
    const [held] = await cluster.query<{ n: number }>('processes', heldBy, [worker.name])
    if (!held?.n) continue
    const since = performance.now()
    worker.process.kill('SIGSTOP')
    const met = await recovery.watch(kind, since, 'lease_owner = $1', [worker.name])
    await pass(leaseMs + beyondMs)
    // It has died meanwhile only if it was killed in the very moment.
    if (worker.process.kill('SIGCONT') && met > 0) tally.count(kind)
    return
  }
}

const heldBy = 'select count(*)::int as n from saga.instance where lease_owner = $1 and lease_until > clock_timestamp()'

async function crash({ cluster, recovery, tally }: FaultsOptions, downMs: number): Promise<void> {
  const kind = 'PostgreSQL kill -9, restarted'
  const since = performance.now()
  await cluster.crash(downMs)
  tally.count(kind)
  await recovery.watch(kind, since, 'true')
}

/** Empties the queue, then takes it away for a while; in the short form for the 60 s of the long one once, at last. */
async function loseQueue(
  { recovery, tally, short }: FaultsOptions,
  redis: Redis,
  { restMs, downMs, rest }: { restMs: number; downMs: number; rest: (ms: number) => Promise<void> },
): Promise<void> {
  const flushed = performance.now()
  await redis.flush()
  tally.count('Redis flushed')
  await recovery.watch('Redis flushed', flushed, 'lease_until is null')
  await rest(restMs)
  const long = !short || tally.of('Redis stopped') === atLeast - 1
  const stopped = performance.now()
  await redis.stopFor(long ? rest(longStopMs) : pass(downMs), async () => {
    tally.count('Redis stopped')
    await recovery.watch('Redis stopped', stopped, 'lease_until is null')
  })
}

/** Workers with the next version replace those without it, one after the other, amid running processes. */
async function deploy({ workers, cluster, tally }: FaultsOptions, version: number): Promise<void> {
  await workers.deploy(version, async () => {
    const published = `select 1 from saga.definition where name = 'transfer' and version = $1`
    while ((await cluster.query('processes', published, [version])).length === 0) await pass(50)
    await cluster.query('processes', activate(version))
    const [former] = await cluster.query<{ n: number }>('processes', open, [version])
    if (former?.n) tally.count('deployment of the next version')
  })
}

// One text without values is one transaction: there is never more than one active version.
const activate = (version: number) => `
  update saga.definition set status = 'DRAINING' where name = 'transfer' and status = 'ACTIVE' and version <> ${version};
  update saga.definition set status = 'ACTIVE', activated_at = now() where name = 'transfer' and version = ${version}`

const open = `select count(*)::int as n from saga.instance
  where definition = 'transfer' and definition_version < $1 and finished_at is null`

/** Told to the workers' keeper: counts a death, and watches what the dead one had in hand. */
export function noteDeath({ tally, recovery }: Pick<FaultsOptions, 'tally' | 'recovery'>, doom: Doom, worker: string) {
  const kind = `kill -9 ${doom.boundary}` as Kind
  const since = performance.now()
  tally.count(kind)
  return recovery.watch(kind, since, 'lease_owner = $1', [worker])
}
