import type { MetricDefinition, Metrics } from '@steinmetz/kernel/telemetry'
import type { GraphHoldings } from './graph.ts'

const lookups: MetricDefinition<'result'> = {
  kind: 'counter',
  name: 'gateway_plan_cache_lookups_total',
  help: 'Operations looked up among the compiled ones, by result: hit, miss. Starts anew with each supergraph.',
  labels: ['result'],
}

const evictions: MetricDefinition = {
  kind: 'counter',
  name: 'gateway_plan_cache_evictions_total',
  help: 'Compiled operations let go to make room for others. Starts anew with each supergraph.',
  labels: [],
}

const bytes: MetricDefinition = {
  kind: 'gauge',
  name: 'gateway_plan_cache_bytes',
  help: 'About how much memory the compiled operations take.',
  labels: [],
}

const entries: MetricDefinition = {
  kind: 'gauge',
  name: 'gateway_plan_cache_entries',
  help: 'How many compiled operations are kept.',
  labels: [],
}

const subscriptions: MetricDefinition<'side'> = {
  kind: 'gauge',
  name: 'gateway_subscriptions',
  help: 'Running subscriptions: clients, those the gateway serves; subgraphs, those it feeds them from.',
  labels: ['side'],
}

/** Tells what a graph holds, whenever somebody looks. */
export function graphMetrics(metrics: Metrics, holds: () => GraphHoldings): void {
  const read = (definition: MetricDefinition, value: (plans: GraphHoldings['plans']) => number) =>
    metrics.read(definition, async () => [{ labels: {}, value: value(holds().plans) }])
  metrics.read(lookups, async () => {
    const { hits, misses } = holds().plans
    return [
      { labels: { result: 'hit' }, value: hits },
      { labels: { result: 'miss' }, value: misses },
    ]
  })
  read(evictions, (plans) => plans.evictions)
  read(bytes, (plans) => plans.bytes)
  read(entries, (plans) => plans.entries)
  metrics.read(subscriptions, async () =>
    Object.entries(holds().subscriptions).map(([side, value]) => ({ labels: { side }, value })),
  )
}
