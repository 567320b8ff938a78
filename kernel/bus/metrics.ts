import type { MetricDefinition } from '../telemetry/index.ts'

/** Age of the oldest event that its relay has not published. */
export const outboxAge: MetricDefinition<never> = {
  kind: 'gauge',
  name: 'steinmetz_outbox_age_seconds',
  help: 'Age of the oldest event that is not published yet; 0 when there is none.',
  labels: [],
}

/** Events a relay has published. */
export const published: MetricDefinition<never> = {
  kind: 'counter',
  name: 'steinmetz_outbox_published_total',
  help: 'Events published, audit records included.',
  labels: [],
}

/** How far a consumer is behind. */
export const consumerLag: MetricDefinition<'consumer'> = {
  kind: 'gauge',
  name: 'steinmetz_bus_lag_events',
  help: 'Events on the bus that the consumer has not come to yet.',
  labels: ['consumer'],
}

/** What a consumer has digested. */
export const consumed: MetricDefinition<'consumer' | 'outcome'> = {
  kind: 'counter',
  name: 'steinmetz_bus_consumed_total',
  help: 'Events handed to a consumer by outcome: handled, failed (it comes again), set_aside (a dead letter).',
  labels: ['consumer', 'outcome'],
}

/** What a consumer could not digest. */
export const deadLetters: MetricDefinition<'consumer'> = {
  kind: 'gauge',
  name: 'steinmetz_bus_dead_letters',
  help: 'Events that the consumer could not digest and has put aside; they are tried again every ten minutes.',
  labels: ['consumer'],
}
