import { setTimeout as pass } from 'node:timers/promises'
import type { PrivateJwk } from '@steinmetz/kernel/config'
import { chanceOf } from './chance.ts'
import { readEvidence, underWay, unfinished } from './evidence.ts'
import { noteDeath, startFaults } from './faults.ts'
import { judge, type Verdict } from './judge.ts'
import { atLeast, boundaries, type Kind, kinds, redis as redisKinds } from './kinds.ts'
import { startLoad } from './load.ts'
import { plantIn } from './plant.ts'
import { type FaultyProxy, startProxy } from './proxy.ts'
import { type Recovery, watchRecovery } from './recovery.ts'
import { scheduleOf } from './schedule.ts'
import { createTally, type Tally } from './tally.ts'
import { type Doom, startWorkers } from './workers.ts'
import type { World } from './world.ts'

export type Run = {
  readonly seed: number
  /** How long faults are injected; undefined: until there are enough of each kind. */
  readonly minutes: number | undefined
  readonly plant: string | undefined
}

export type Findings = {
  readonly tally: Tally
  readonly recovery: Recovery
  readonly verdict: Verdict
  /** What has not ended, a line each. */
  readonly left: readonly string[]
}

const shortAtMostMs = 145_000
const drainAtMostMs = 90_000
/** What is delivered late comes within so long. */
const lateMs = 6_500
/** Two that live longer, with clocks an hour apart, and three that hardly begin. */
const workerKinds = [
  { clockMs: -1_800_000, patience: 20 },
  { clockMs: 1_800_000, patience: 20 },
  { clockMs: 0, patience: 1 },
  { clockMs: 0, patience: 1 },
  { clockMs: 0, patience: 1 },
]
const faultsInHundredRequests = 15
const openAtMost = 50
const progressMs = 15_000

/** Injects faults under load, then lets all that is under way end, and judges what is left behind. */
export async function injectFaults(
  world: World,
  run: Run,
  started: (() => Promise<void> | void)[],
  say: (line: string) => void,
): Promise<Findings> {
  const { cluster, redis, urls, leaseMs } = world
  const schedule = scheduleOf(run.seed)
  const short = run.minutes === undefined
  const tally = createTally(redis ? [] : redisKinds)
  const recovery = watchRecovery(cluster)
  started.push(recovery.stop)
  await plantIn(cluster, run.plant, started)
  let calm = false
  const proxies = await startProxies(urls, run, {
    tally,
    recovery,
    percent: () => (calm ? 0 : faultsInHundredRequests),
  })
  started.push(...Object.values(proxies).map(({ stop }) => stop))

  const spared: Doom[] = []
  const noMoreDeaths = () => calm || (short && boundaries.every((one) => tally.of(`kill -9 ${one}`) >= atLeast))
  const workers = startWorkers({
    ...{ workers: workerKinds, output: world.output, whenPossible: cluster.up },
    env: world.workerEnv(Object.fromEntries(Object.entries(proxies).map(([name, { url }]) => [name, url]))),
    nextDoom: () => (noMoreDeaths() ? undefined : (spared.pop() ?? schedule.nextDoom())),
    onStart({ clockMs }) {
      if (clockMs !== 0)
        tally.count(clockMs < 0 ? 'worker with a clock 30 min slow' : 'worker with a clock 30 min fast')
    },
    onDeath: (doom, worker) => void noteDeath({ tally, recovery }, doom, worker),
    onSpared: (doom) => void spared.push(doom),
  })
  started.push(workers.stop)
  const key: PrivateJwk = JSON.parse(world.gatewayKey)
  const load = startLoad({ cluster, urls, key, chance: chanceOf(run.seed, 'load'), openAtMost })
  const faults = startFaults({ schedule, cluster, redis, workers, tally, recovery, leaseMs, short })
  const began = performance.now()
  const progress = setInterval(() => {
    const faults = kinds.reduce((sum, kind) => sum + tally.of(kind), 0)
    const seconds = Math.round((performance.now() - began) / 1_000)
    say(
      `${seconds} s: ${load.asked()} transfers asked for, ${faults} faults, too few of ${tally.tooFew().length} kinds`,
    )
  }, progressMs)
  started.push(() => clearInterval(progress))
  await untilInjected(tally, run.minutes)
  await faults.stop()
  calm = true
  say('the faults are over; what is under way is waited for')
  await load.end()
  await untilDrained(world)
  await load.stop()
  return { tally, recovery, verdict: judge(await readEvidence(cluster)), left: await unfinished(cluster) }
}

type Watching = { tally: Tally; recovery: Recovery; percent(): number }

/** A proxy before each branch. What it cuts off is watched until the same command is answered. */
async function startProxies(
  urls: World['urls'],
  { seed }: Run,
  { tally, recovery, percent }: Watching,
): Promise<Record<string, FaultyProxy>> {
  const unanswered = new Map<string, { kind: Kind; since: number }[]>()
  const proxies = Object.entries(urls).map(async ([name, url]) => {
    const proxy = await startProxy({
      ...{ target: new URL(url), chance: chanceOf(seed, `proxy ${name}`), percent },
      onFault(fault, key) {
        const kind: Kind = `proxy: ${fault}`
        tally.count(kind)
        if (fault !== 'delivered twice, late')
          unanswered.set(key, [...(unanswered.get(key) ?? []), { kind, since: performance.now() }])
      },
      onAnswer(key) {
        for (const { kind, since } of unanswered.get(key) ?? [])
          recovery.took(kind, (performance.now() - since) / 1_000)
        unanswered.delete(key)
      },
    })
    return [name, proxy] as const
  })
  return Object.fromEntries(await Promise.all(proxies))
}

async function untilInjected(tally: Tally, minutes: number | undefined): Promise<void> {
  const [leastMs, mostMs] = minutes === undefined ? [0, shortAtMostMs] : [minutes * 60_000, minutes * 60_000]
  for (const began = performance.now(); ; await pass(200)) {
    const tookMs = performance.now() - began
    if (tookMs >= mostMs || (tookMs >= leastMs && tally.tooFew().length === 0)) return
  }
}

/** Waits until every process has ended or is stuck, and until nothing more can be delivered late. */
async function untilDrained({ cluster }: World): Promise<void> {
  const began = performance.now()
  while (performance.now() - began < drainAtMostMs) {
    const [left] = await cluster.query<{ n: number }>('processes', underWay)
    const waits = await cluster.query('north', unpublished)
    if (left?.n === 0 && waits.length === 0 && performance.now() - began > lateMs) return
    await pass(200)
  }
}

const unpublished = `select 1 from kernel.outbox where published_at is null and type = 'faults.Asked' limit 1`
