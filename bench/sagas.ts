import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as rest } from 'node:timers/promises'
import { cpuMsOf } from './gateway/measure.ts'
import { type Effects, type Engine, installPeers, launchDbos, launchOurs, startEffects } from './sagas/engines.ts'
import { type Growth, growth } from './sagas/growth.ts'
import { commitProbe, median, type Server, startServer } from './sagas/server.ts'

const data = join(import.meta.dirname, '..', '.data', 'bench')
const rounds = Number(process.argv[2] ?? 5)
const inHand = [16, 64] as const
const sagasPerRound = 600
const sagasAlone = 150

type Sample = { perSecond: number; workerCpuMs: number; postgresCpuMs: number }
type Row = Sample & { engine: string; inHand: number; samples: readonly Sample[] }
type Alone = { engine: string; orderedMs: number; begunMs: number }
type Latency = { restMs: number; commitMs: number; engines: readonly Alone[] }

/** Between two measurements the machine is at rest so long, and meanwhile nobody looks: low load. */
const atRestMs = 25
/** One behind the other: whoever looks for the end takes part. */
const noRestMs = 2

/** Compares our saga engine with DBOS Transact: see bench/README.md for what is measured, and how. */
async function main(): Promise<void> {
  installPeers()
  mkdirSync(data, { recursive: true })
  const server = await startServer(join(data, 'sagas'))
  const effects = await startEffects(server)
  try {
    const grown = await growth(server, effects.url)
    const latency = await oneByOne(server, effects, atRestMs)
    const busyLatency = await oneByOne(server, effects, noRestMs)
    const rows: Row[] = []
    for (const concurrency of inHand) rows.push(...(await compare(server, effects, concurrency)))
    print(rows)
    printLatency(latency)
    printLatency(busyLatency)
    printGrowth(grown)
    report(rows, [latency, busyLatency], grown)
    await effects.stop()
    await server.stop()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`)
    await server.stop()
    process.exit(1)
  }
}

async function launch(server: Server, { url: effectsUrl }: Effects, concurrency: number): Promise<Engine[]> {
  const ours = { concurrency, effectsUrl }
  const { redisUrl } = server
  return [
    await launchOurs(server, { ...ours, name: 'postgres', redisUrl: undefined }),
    ...(redisUrl ? [await launchOurs(server, { ...ours, name: 'redis', redisUrl })] : []),
    await launchDbos(server, concurrency, effectsUrl),
  ]
}

async function compare(server: Server, effects: Effects, concurrency: number): Promise<Row[]> {
  const engines = await launch(server, effects, concurrency)
  const samples = new Map<Engine, Sample[]>(engines.map((engine) => [engine, []]))
  // Round 0 warms compilers, connections and plans, and is thrown away.
  for (let round = 0; round <= rounds; round++)
    for (const engine of engines) {
      const sample = await measure(server, effects, engine)
      if (round > 0) samples.get(engine)?.push(sample)
    }
  await Promise.all(engines.map((engine) => engine.stop()))
  return [...samples].map(([{ name }, all]) => ({
    engine: name,
    inHand: concurrency,
    samples: all,
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    workerCpuMs: median(all.map(({ workerCpuMs }) => workerCpuMs)),
    postgresCpuMs: median(all.map(({ postgresCpuMs }) => postgresCpuMs)),
  }))
}

async function measure(server: Server, effects: Effects, engine: Engine): Promise<Sample> {
  const effectsBefore = await effects.count()
  const workerBefore = cpuMsOf(engine.pid)
  const postgresBefore = cpuMsWithEnded(server.pid)
  const wallMs = await engine.run(sagasPerRound)
  const workerCpuMs = (cpuMsOf(engine.pid) - workerBefore) / sagasPerRound
  const postgresCpuMs = (cpuMsWithEnded(server.pid) - postgresBefore) / sagasPerRound
  const done = (await effects.count()) - effectsBefore
  if (done !== 3 * sagasPerRound) throw new Error(`${engine.name} had ${done} effects, not ${3 * sagasPerRound}`)
  return { perSecond: (sagasPerRound * 1_000) / wallMs, workerCpuMs, postgresCpuMs }
}

/** CPU of a process and its children. Those that have ended Linux counts in hundredths of a second. */
function cpuMsWithEnded(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return cpuMsOf(pid) + (Number(fields[13]) + Number(fields[14])) * 10
}

/** One saga at a time, each engine in turn, and between them one commit of one row. */
async function oneByOne(server: Server, effects: Effects, restMs: number): Promise<Latency> {
  const probe = await commitProbe(server.superuserUrl('effects'))
  const engines = await launch(server, effects, 16)
  const commits: number[] = []
  const times = new Map<Engine, { orderedMs: number; begunMs: number }[]>(engines.map((engine) => [engine, []]))
  for (const engine of engines) await engine.run(300)
  for (let nth = 0; nth < sagasAlone; nth++)
    for (const engine of engines) {
      await rest(restMs)
      commits.push(await probe.next())
      await rest(restMs)
      times.get(engine)?.push(await engine.runOne(restMs))
    }
  await Promise.all([...engines.map((engine) => engine.stop()), probe.end()])
  const commitMs = median(commits)
  const alone = [...times].map(([{ name: engine, endsBeforeCommit }, all]) => ({
    engine,
    orderedMs: median(all.map(({ orderedMs }) => orderedMs)) + (endsBeforeCommit ? commitMs : 0),
    begunMs: median(all.map(({ begunMs }) => begunMs)) + (endsBeforeCommit ? commitMs : 0),
  }))
  return { restMs, commitMs, engines: alone }
}

const line = (cells: readonly (string | number)[]) => void process.stdout.write(`| ${cells.join(' | ')} |\n`)

function print(rows: readonly Row[]): void {
  line(['engine', 'in hand', 'sagas/s', 'worker CPU ms per saga', 'PostgreSQL CPU ms per saga'])
  line(Array.from({ length: 5 }, () => '---'))
  for (const { engine, inHand, perSecond, workerCpuMs, postgresCpuMs } of rows)
    line([engine, inHand, perSecond.toFixed(0), workerCpuMs.toFixed(2), postgresCpuMs.toFixed(2)])
}

function printLatency({ restMs, commitMs, engines }: Latency): void {
  process.stdout.write(`\none saga at a time, ${restMs} ms apart; so a commit takes ${commitMs.toFixed(2)} ms:\n\n`)
  line(['engine', 'p50 ms from its beginning', 'in commits', 'p50 ms from its order'])
  line(Array.from({ length: 4 }, () => '---'))
  for (const { engine, begunMs, orderedMs } of engines)
    line([engine, begunMs.toFixed(1), (begunMs / commitMs).toFixed(1), orderedMs.toFixed(1)])
}

function printGrowth({ claimMs, nextMs, idleMiB }: Growth): void {
  process.stdout.write('\nhow it grows with the sagas that wait:\n\n')
  line(['waiting', 'claim ms', 'next of so many due, ms', 'idle worker MiB'])
  line(Array.from({ length: 4 }, () => '---'))
  for (const [size, ms] of claimMs)
    line([size, ms.toFixed(2), (nextMs.get(size) ?? Number.NaN).toFixed(2), (idleMiB.get(size) ?? 0).toFixed(0)])
}

type Figure = { figure: string; unit: string; value: number; goal?: string; loadAverage: number }

/** Prints the figures and writes them down, with the machine's load beside them. */
function report(
  rows: readonly Row[],
  [latency, busyLatency]: [Latency, Latency],
  { claimMs, nextMs, idleMiB }: Growth,
): void {
  const [loadAverage = 0] = loadavg()
  const figures: Figure[] = []
  const add = (figure: string, unit: string, value: number, goal?: string) =>
    figures.push({ figure, unit, value: Math.round(value * 100) / 100, loadAverage, ...(goal && { goal }) })
  for (const concurrency of inHand) {
    const [postgres, ...others] = rows.filter((row) => row.inHand === concurrency)
    const theirs = others.pop()
    const redis = others.pop()
    add(`sagas-vs-dbos-${concurrency}`, 'sagas/s, ours ÷ theirs', ratio(postgres, theirs), 'at least 1')
    if (redis) add(`sagas-vs-dbos-${concurrency}-redis`, 'sagas/s, ours ÷ theirs', ratio(redis, theirs), 'at least 1')
  }
  add('latency-commits', 'p50 of a saga ÷ p50 of a commit', inCommits(latency), 'at most 12')
  add('latency-commits-without-rest', 'the same, one behind the other', inCommits(busyLatency))
  add('claim-growth', 'claim at 100,000 waiting ÷ at 1,000', grown(claimMs), 'at most 1.3')
  add('claim-growth-due', 'finding and claiming the next at 100,000 due ÷ at 1,000', grown(nextMs), 'at most 1.3')
  add('idle-worker-memory', 'MiB with 100,000 sagas waiting', [...idleMiB.values()].at(-1) ?? 0)
  process.stdout.write(`\nload average ${loadAverage.toFixed(1)}\n`)
  for (const { figure, value, goal } of figures)
    process.stdout.write(`${figure}: ${value}${goal ? ` (goal: ${goal})` : ''}\n`)
  writeFileSync(join(data, 'sagas.json'), `${JSON.stringify(figures, null, 2)}\n`)
}

function inCommits({ engines: [ours], commitMs }: Latency): number {
  return (ours?.begunMs ?? Number.NaN) / commitMs
}

/** The median of the rounds' ratios: what a neighbour does in one round falls on both. */
function ratio(ours: Row | undefined, theirs: Row | undefined): number {
  const ratios = ours?.samples.map(({ perSecond }, nth) => perSecond / (theirs?.samples[nth]?.perSecond ?? 0)) ?? []
  return median(ratios)
}

function grown(ms: ReadonlyMap<number, number>): number {
  const [few = Number.NaN, many = Number.NaN] = ms.values()
  return many / few
}

await main()
