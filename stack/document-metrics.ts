/**
 * Writes docs/metrics.md from the definitions in the code (`--write`), or says that it is not what they say
 * (`--check`). The sources are read, not loaded: a definition that no package exports is documented too.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { requestSeconds } from '@steinmetz/kernel/telemetry'
import { type Source, sourcesOf } from './check-sources.ts'

/** A metric as its definition describes it, and the file it stands in. */
export type Documented = {
  path: string
  kind: string
  name: string
  help: string
  labels: readonly string[]
  buckets: readonly number[]
}

/** Where metrics are told, by the folder their definitions stand in; the order of the page. */
const chapters: readonly { folder: string; title: string; told: string }[] = [
  { folder: 'gateway/', title: 'Gateway', told: 'the gateway' },
  { folder: 'kernel/subgraph/', title: 'Subgraphs', told: 'every subgraph' },
  { folder: 'kernel/command/', title: 'Commands', told: 'every subgraph that takes commands' },
  { folder: 'kernel/bus/', title: 'Outbox and bus', told: 'every relay (outbox), and every consumer of the bus' },
  { folder: 'kernel/resilience/', title: 'Systems outside', told: 'every process that calls one: the saga worker' },
  { folder: 'saga-worker/', title: 'Sagas and queue', told: 'the saga worker' },
]

const page = join(import.meta.dirname, '..', 'docs', 'metrics.md')
const definition = /^(?:export )?const \w+: MetricDefinition(?:<[^>]*>)? = (\{\n[\s\S]*?^\})/gm
const mention = /: MetricDefinition(?:<[^>]*>)? = /g
const units = /_(seconds|bytes|total)$/

/** The definitions in these sources. Refuses, naming the file, what it cannot read or what breaks a rule of metrics. */
export function metricsIn(sources: readonly Source[]): Documented[] {
  const found = sources
    .filter(({ path }) => path.endsWith('.ts') && !/\.test\.ts$|^stack\//.test(path))
    .flatMap(({ path, text }) => {
      const definitions = [...text.matchAll(definition)].map(([, literal = '']) => read(path, literal))
      if (definitions.length !== [...text.matchAll(mention)].length)
        throw new Error(`${path}: write a metric as "const name: MetricDefinition<…> = {" over several lines`)
      return definitions
    })
  for (const { path, kind, name } of found) {
    if (found.filter((one) => one.name === name).length > 1) throw new Error(`${path}: ${name} is defined twice`)
    if ((kind === 'counter') !== name.endsWith('_total'))
      throw new Error(`${path}: ${name} is a ${kind}; a counter ends with _total, and nothing else does`)
    if (/_(ms|millis|minutes|hours|days|kb|mb)$/.test(name))
      throw new Error(`${path}: ${name} is not in a base unit: seconds, bytes`)
  }
  return found
}

function read(path: string, literal: string): Documented {
  const field = (name: string) =>
    new RegExp(`^ {2}${name}:\\s*([\\s\\S]*?),\\n(?= {2}\\w|\\})`, 'm').exec(literal)?.[1] ?? ''
  const text = (name: string) => {
    const value = /^(['"`])([\s\S]*)\1$/.exec(field(name))?.[2]
    if (value === undefined) throw new Error(`${path}: a metric without ${name}`)
    return value
  }
  const buckets = field('buckets')
  return {
    path,
    kind: text('kind'),
    name: text('name'),
    help: text('help'),
    labels: [...field('labels').matchAll(/['"](\w+)['"]/g)].map(([, label = '']) => label),
    buckets:
      buckets === 'requestSeconds'
        ? requestSeconds
        : [...buckets.matchAll(/[\d._]+/g)].map(([number]) => Number(number.replaceAll('_', ''))),
  }
}

/** The whole page. */
export function pageOf(metrics: readonly Documented[]): string {
  const strangers = metrics.filter(({ path }) => !chapters.some(({ folder }) => path.startsWith(folder)))
  if (strangers[0]) throw new Error(`${strangers[0].path}: stack/document-metrics.ts has no chapter for it`)
  const parts = chapters.map(({ folder, title, told }) => {
    const rows = metrics.filter(({ path }) => path.startsWith(folder)).map(rowOf)
    return `## ${title}\n\nTold by ${told}.\n\n| metric | kind | labels | tells |\n|---|---|---|---|\n${rows.join('')}`
  })
  return `${introduction}\n${parts.join('\n')}`
}

function rowOf({ kind, name, help, labels, buckets }: Documented): string {
  const unit = units.exec(name)?.[1]
  const bounds = buckets.length > 0 ? ` Buckets${unit === 'seconds' ? ' in seconds' : ''}: ${buckets.join(', ')}.` : ''
  const named = labels.map((label) => `\`${label}\``).join(', ') || 'none'
  return `| \`${name}\` | ${kind} | ${named} | ${help}${bounds} |\n`
}

const introduction = `# Metrics

Generated from the definitions in the code by \`npm run check -- metrics --write\`; do not edit.

Every process tells its metrics on \`/metrics\` of its own port in the text format of Prometheus, under the label
\`service\`; the gateway in production on its \`ADMIN_PORT\` alone. Names end with their base unit. A label has few values, known beforehand, and none names a tenant, a
person or a thing. All but the gateway also tell what Node itself measures: \`process_*\` (CPU, memory, files) and
\`nodejs_*\` (event loop, heap, garbage collection).

| question | look at |
|---|---|
| Are requests answered in time? | \`gateway_request_seconds\`, \`steinmetz_subgraph_request_seconds\` |
| How do commands end, and how many come twice? | \`steinmetz_commands_total\` by \`outcome\`: \`replayed\`, \`conflict\`, \`refused\` |
| Does an event reach its consumers? | \`steinmetz_outbox_age_seconds\`, \`steinmetz_bus_lag_events\` |
| How long do people wait for an approval? | \`steinmetz_saga_oldest_waiting_seconds{kind="approval"}\` |
| Must a person look at something? | \`steinmetz_saga_dead_letters\`, \`steinmetz_sagas_open{state="stuck"}\` |
| Which system outside is left alone, because it fails? | \`steinmetz_circuit_state{state="open"}\`, \`steinmetz_circuit_calls_total\` by \`outcome\` |
| Is a database's pool too small? | \`steinmetz_database_connections{state="waiting"}\` |
`

function main(args: readonly string[]): number {
  const wanted = pageOf(metricsIn(sourcesOf(join(import.meta.dirname, '..'))))
  if (args.includes('--write')) {
    writeFileSync(page, wanted)
    return 0
  }
  if (readFileSync(page, 'utf8') === wanted) return 0
  process.stdout.write('docs/metrics.md is not what the code says: npm run check -- metrics --write\n')
  return 1
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2))
