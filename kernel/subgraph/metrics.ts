import { type MetricDefinition, requestSeconds } from '../telemetry/index.ts'

/** Requests to a subgraph, by the first field they ask for. */
export const requestDuration: MetricDefinition<'operation' | 'outcome'> = {
  kind: 'histogram',
  name: 'steinmetz_subgraph_request_seconds',
  help: 'How long a subgraph took to answer, by the first root field and by outcome: ok, error.',
  labels: ['operation', 'outcome'],
  buckets: requestSeconds,
}

/** Connections of a database pool. */
export const poolConnections: MetricDefinition<'state'> = {
  kind: 'gauge',
  name: 'steinmetz_database_connections',
  help: 'Database connections by state: busy, idle; waiting counts callers without one.',
  labels: ['state'],
}
