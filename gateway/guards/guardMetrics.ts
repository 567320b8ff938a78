import type { BreakerState } from '@steinmetz/kernel/resilience'
import { boundedLabel, type MetricDefinition, type Metrics, requestSeconds } from '@steinmetz/kernel/telemetry'
import type { Client } from './passedHeaders.ts'

const answered: MetricDefinition<'client' | 'status'> = {
  kind: 'histogram',
  name: 'gateway_request_seconds',
  help: 'How long requests to /graphql took, by the client’s own name and the status of the answer.',
  labels: ['client', 'status'],
  buckets: requestSeconds,
}

const denied: MetricDefinition<'reason'> = {
  kind: 'counter',
  name: 'gateway_denied_total',
  help: 'Requests that a guard or a door denied, by docs/errors.md’s reason.',
  labels: ['reason'],
}

const rateDenied: MetricDefinition<'class'> = {
  kind: 'counter',
  name: 'gateway_rate_denied_total',
  help: 'Requests denied by a quota, by the class of the quota; unavailable where Redis was away.',
  labels: ['class'],
}

const cost: MetricDefinition<'kind'> = {
  kind: 'histogram',
  name: 'gateway_operation_cost',
  help: 'What operations cost, as estimated before and as counted after.',
  labels: ['kind'],
  buckets: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
}

const tooDear: MetricDefinition = {
  kind: 'counter',
  name: 'gateway_operations_too_dear_total',
  help: 'Operations that cost more than allowed, whether they were denied (enforce) or not (measure).',
  labels: [],
}

const unlisted: MetricDefinition = {
  kind: 'counter',
  name: 'gateway_unlisted_operations_total',
  help: 'Operations that the manifest lacks, whether they were denied (require) or not (observe).',
  labels: [],
}

const retries: MetricDefinition<'subgraph'> = {
  kind: 'counter',
  name: 'gateway_subgraph_retries_total',
  help: 'Calls to a subgraph that failed to connect and were wanted again.',
  labels: ['subgraph'],
}

const circuits: MetricDefinition<'subgraph' | 'state'> = {
  kind: 'gauge',
  name: 'gateway_subgraph_circuit',
  help: '1 for the state that the circuit of a subgraph is in.',
  labels: ['subgraph', 'state'],
}

// A client names itself, so it could make up a new name for each request.
const clientsKept = 50

/** What the guards count, each by a narrow function of its own. */
export function guardMetrics(metrics: Metrics) {
  const client = boundedLabel(clientsKept)
  return {
    answered: ({ name }: Client, status: number, seconds: number) =>
      metrics.observe(answered, { client: client(name ?? 'unnamed'), status: String(status) }, seconds),
    denied: (reason: string) => metrics.count(denied, { reason }),
    rateDenied: (by: string) => metrics.count(rateDenied, { class: by }),
    cost: (kind: 'estimated' | 'actual', value: number) => metrics.observe(cost, { kind }, value),
    tooDear: () => metrics.count(tooDear, {}),
    unlisted: () => metrics.count(unlisted, {}),
    retried: (subgraph: string) => metrics.count(retries, { subgraph }),
    circuits: (states: () => ReadonlyMap<string, BreakerState>) =>
      metrics.read(circuits, async () =>
        [...states()].map(([subgraph, state]) => ({ labels: { subgraph, state }, value: 1 })),
      ),
  }
}

export type GuardMetrics = ReturnType<typeof guardMetrics>
