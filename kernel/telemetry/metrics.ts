import type { IncomingMessage, ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/**
 * What one metric is. Names carry their base unit (`_seconds`, `_bytes`); every label has few values, known
 * beforehand, and none is personal: no id of a tenant, a person or a thing.
 */
export type MetricDefinition<Label extends string = string> = {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly name: string
  readonly help: string
  readonly labels: readonly Label[]
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[]
}

type Labels<Label extends string> = Readonly<Record<Label, string>>

/** The metrics of one process, with a registry of its own: several processes may share one Node. */
export type Metrics = {
  /** Counts up by one, or by `by`. */
  count<Label extends string>(definition: MetricDefinition<Label>, labels: Labels<Label>, by?: number): void
  /** Notes one observation, in the unit the name ends with. */
  observe<Label extends string>(definition: MetricDefinition<Label>, labels: Labels<Label>, value: number): void
  /**
   * Has a gauge, or a counter that is kept elsewhere, read whenever somebody looks; a reading that fails leaves it out.
   */
  read<Label extends string>(
    definition: MetricDefinition<Label>,
    reading: () => Promise<readonly { labels: Labels<Label>; value: number }[]>,
  ): void
  /** Answers `/metrics`; returns false for any other path. */
  handle(request: IncomingMessage, response: ServerResponse): boolean
  /** All of it in Prometheus' text format. */
  text(): Promise<string>
}

/** Makes the metrics of a process. `processWide` adds those of Node itself: memory, CPU, event loop. */
export function createMetrics(service: string, { processWide = false } = {}): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  if (processWide) collectDefaultMetrics({ register: registry })
  const counters = new Map<string, Counter>()
  const histograms = new Map<string, Histogram>()

  const made = <Kind>(known: Map<string, Kind>, name: string, make: () => Kind) => {
    const one = known.get(name) ?? make()
    known.set(name, one)
    return one
  }
  const common = ({ name, help, labels }: MetricDefinition) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  })

  return {
    count: (definition, labels, by = 1) =>
      made(counters, definition.name, () => new Counter(common(definition))).inc(labels, by),

    observe: (definition, labels, value) =>
      made(
        histograms,
        definition.name,
        () => new Histogram({ ...common(definition), buckets: [...(definition.buckets ?? [])] }),
      ).observe(labels, value),

    read(definition, reading) {
      const Kind = definition.kind === 'counter' ? Counter : Gauge
      new Kind({
        ...common(definition),
        async collect() {
          this.reset()
          for (const { labels, value } of await reading().catch(() => [])) this.inc(labels, value)
        },
      })
    },

    handle(request, response) {
      if ((request.url ?? '').split('?', 1)[0] !== '/metrics') return false
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      )
      return true
    },

    text: () => registry.metrics(),
  }
}

/** Upper bounds for how long a request takes, in seconds: the objective is a p95 below 0.1. */
export const requestSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10] as const

/** Keeps a label's values few: the first `atMost` names are kept, the rest is `other`. */
export function boundedLabel(atMost: number): (value: string) => string {
  const known = new Set<string>()
  return (value) => {
    if (known.has(value) || known.size < atMost) {
      known.add(value)
      return value
    }
    return 'other'
  }
}
