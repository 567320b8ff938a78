import type { MetricDefinition, Metrics } from '../telemetry/index.ts'
import { type BreakerState, type CircuitBreaker, circuitBreaker } from './breaker.ts'

/** The state a call would find. */
export const circuitState: MetricDefinition<'system' | 'state'> = {
  kind: 'gauge',
  name: 'steinmetz_circuit_state',
  help: '1 for the state that the circuit of a system outside is in, 0 for the others: closed, open, half-open.',
  labels: ['system', 'state'],
}

/** How calls to systems outside end, in the eyes of their breaker. */
export const circuitCalls: MetricDefinition<'system' | 'outcome'> = {
  kind: 'counter',
  name: 'steinmetz_circuit_calls_total',
  help: 'Calls to a system outside by outcome: succeeded, failed, denied (not made, because the circuit is open).',
  labels: ['system', 'outcome'],
}

const states: readonly BreakerState[] = ['closed', 'open', 'half-open']

/** A circuit breaker for each system, whose state and calls the process's metrics tell. */
export function watchedBreakers(
  metrics: Metrics,
  systems: readonly string[],
  options: Omit<Parameters<typeof circuitBreaker>[0], 'name' | 'changed' | 'called'> & {
    changed(system: string, state: BreakerState): void
  },
): ReadonlyMap<string, CircuitBreaker> {
  const breakers = new Map(
    systems.map((system) => {
      const called = (outcome: string) => metrics.count(circuitCalls, { system, outcome })
      const changed = (state: BreakerState) => options.changed(system, state)
      return [system, circuitBreaker({ ...options, name: system, changed, called })]
    }),
  )
  metrics.read(circuitState, async () =>
    [...breakers].flatMap(([system, breaker]) => {
      const now = breaker.state()
      return states.map((state) => ({ labels: { system, state }, value: state === now ? 1 : 0 }))
    }),
  )
  return breakers
}
