import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import {
  type Gateway,
  gateways,
  guardedGateway,
  installPeers,
  type Launched,
  launch,
  launchSubgraphs,
} from './gateway/gateways.ts'
import { setUpGuarded } from './gateway/guarded.ts'
import { idleSubscriptions } from './gateway/idleSubscriptions.ts'
import { measure, peakMemoryMiB, percentile, type Sample } from './gateway/measure.ts'
import { crowdQuery, largeQuery, shop, smallQuery } from './gateway/shop.ts'

const data = join(import.meta.dirname, '..', '.data', 'bench')
const rounds = Number(process.argv[2] ?? 5)
const warmUpMs = 8_000
const sampleMs = 1_500

const queries = {
  large: { query: largeQuery, concurrency: 8 },
  small: { query: smallQuery, concurrency: 8 },
}
type QueryName = keyof typeof queries
type Row = {
  gateway: string
  query: QueryName
  cpuMs: number
  perSecond: number
  p50: number
  p99: number
  peakMiB: number
}

/**
 * Compares our gateway with its peers: the same supergraph, the same subgraphs in memory, the same requests, each
 * gateway pinned to one core and the rest to another, in rounds that take turns. A gateway's figure is the median
 * of its rounds, so that a neighbour's burst of work on the machine does not decide.
 */
async function main(): Promise<void> {
  installPeers()
  mkdirSync(data, { recursive: true })
  const subgraphs = await launchSubgraphs(1)
  const supergraph = join(data, 'supergraph.graphql')
  writeFileSync(supergraph, composeShop(subgraphs.port))
  const guarded = await setUpGuarded(data, ['{ __typename }', largeQuery, smallQuery, crowdQuery])
  const compared = { ...gateways, guarded: guardedGateway(guarded.env, guarded.token) }
  const launched: { gateway: Gateway; at: Launched }[] = []
  try {
    for (const gateway of Object.values(compared)) launched.push({ gateway, at: await launch(gateway, supergraph, 0) })
    const bytes = await checkAnswersAgree(launched.map(({ at }) => at))
    process.stdout.write(`large answer: ${Math.round(bytes / 1_024)} KiB; ${rounds} rounds in turns\n\n`)
    const rows = await compare(launched)
    print(rows)
    await growth(launched)
    await idleSubscriptions()
    report(rows, compared)
  } finally {
    await Promise.all([...launched.map(({ at }) => at.stop()), subgraphs.stop(), guarded.stop()])
  }
}

function composeShop(port: number): string {
  const services = Object.entries(shop).map(([name, { typeDefs }]) => ({
    name,
    url: `http://127.0.0.1:${port}/${name}`,
    typeDefs: parse(typeDefs),
  }))
  const { supergraphSdl, errors } = composeServices(services)
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'))
  return supergraphSdl
}

/** A gateway that answers something else is not compared. Gives the size of the large answer. */
async function checkAnswersAgree(launched: readonly Launched[]): Promise<number> {
  let size = 0
  for (const { query } of Object.values(queries)) {
    const texts = await Promise.all(launched.map((at) => ask(at, query)))
    for (const text of texts)
      if (canonical(text) !== canonical(texts[0] ?? '')) throw new Error('the gateways do not give the same answer')
    size = Math.max(size, texts[0]?.length ?? 0)
  }
  return size
}

async function ask({ url, headers: own }: Launched, query: string): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...own }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) })).text()
}

/** What was asked for: beside it a guarded answer tells its cost. */
const canonical = (text: string): string => JSON.stringify(sorted(JSON.parse(text).data))

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted()
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}

async function compare(launched: readonly { gateway: Gateway; at: Launched }[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const name of Object.keys(queries) as QueryName[]) {
    const samples = new Map<string, Sample[]>(launched.map(({ gateway }) => [gateway.name, []]))
    // Round 0 warms the compilers and is thrown away. Each gateway is given as long as the others, however few it answers.
    for (let round = 0; round <= rounds; round++) {
      for (const { gateway, at } of launched) {
        const ms = round === 0 ? warmUpMs : sampleMs
        const sample = await measure(at.url, at.pid, { ...queries[name], ms, headers: at.headers })
        if (round > 0) samples.get(gateway.name)?.push(sample)
      }
    }
    for (const { gateway, at } of launched)
      rows.push(rowOf(gateway.name, name, samples.get(gateway.name) ?? [], at.pid))
  }
  return rows
}

function rowOf(gateway: string, query: QueryName, samples: readonly Sample[], pid: number): Row {
  const latencies = samples.flatMap((sample) => sample.latencies)
  return {
    gateway,
    query,
    cpuMs: percentile(
      samples.map(({ cpuMs, requests }) => cpuMs / requests),
      0.5,
    ),
    perSecond: percentile(
      samples.map(({ wallMs, requests }) => (requests * 1_000) / wallMs),
      0.5,
    ),
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    peakMiB: peakMemoryMiB(pid),
  }
}

function print(rows: readonly Row[]): void {
  process.stdout.write(
    '| gateway | query | CPU ms per request | requests/s | p50 ms | p99 ms | peak MiB |\n|---|---|---|---|---|---|---|\n',
  )
  for (const { gateway, query, cpuMs, perSecond, p50, p99, peakMiB } of rows) {
    const numbers = [cpuMs.toFixed(2), perSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1), peakMiB.toFixed(0)]
    process.stdout.write(`| ${gateway} | ${query} | ${numbers.join(' | ')} |\n`)
  }
}

/** How the cost of a request grows with the entities it asks for. */
async function growth(launched: readonly { gateway: Gateway; at: Launched }[]): Promise<void> {
  const sizes = [1, 10, 100, 1_000]
  process.stdout.write(
    `\nCPU ms per request for so many entities:\n\n| gateway | ${sizes.join(' | ')} |\n|---|---|---|---|---|\n`,
  )
  for (const { gateway, at } of launched) {
    const cells: string[] = []
    for (const size of sizes) {
      const load = {
        query: crowdQuery,
        variables: { size },
        ms: 1_000,
        concurrency: 4,
        headers: at.headers,
      }
      await measure(at.url, at.pid, load)
      const { cpuMs, requests } = await measure(at.url, at.pid, load)
      cells.push((cpuMs / requests).toFixed(2))
    }
    process.stdout.write(`| ${gateway.name} | ${cells.join(' | ')} |\n`)
  }
}

type Compared = typeof gateways & { guarded: Gateway }
type Figure = { figure: string; unit: string; value: number; goal: number }

/** Prints the ratios peer ÷ ours of CPU per request, and writes them down. */
function report(rows: readonly Row[], { ours, guarded, apollo, hiveRust }: Compared): void {
  const cpu = (gateway: Gateway, query: QueryName) =>
    rows.find((row) => row.gateway === gateway.name && row.query === query)?.cpuMs ?? Number.NaN
  const ratio = (peer: Gateway, own: Gateway, query: QueryName) =>
    Math.round((cpu(peer, query) / cpu(own, query)) * 100) / 100
  const unit = 'times our CPU per request'
  const figures: Figure[] = [
    { figure: 'apollo-open', unit, value: ratio(apollo, ours, 'large'), goal: 12 },
    { figure: 'hive-rust-open', unit, value: ratio(hiveRust, ours, 'large'), goal: 3 },
    { figure: 'apollo-guarded', unit, value: ratio(apollo, guarded, 'large'), goal: 9 },
    { figure: 'hive-rust-guarded', unit, value: ratio(hiveRust, guarded, 'large'), goal: 2.2 },
    { figure: 'apollo-open-small', unit, value: ratio(apollo, ours, 'small'), goal: 10 },
  ]
  process.stdout.write('\n')
  for (const { figure, value, goal } of figures) process.stdout.write(`${figure}: ${value} (goal ${goal})\n`)
  writeFileSync(join(data, 'gateway.json'), `${JSON.stringify(figures, null, 2)}\n`)
}

await main()
