import { Fault, fault } from '@steinmetz/kernel/errors'
import type { Check } from '@steinmetz/kernel/health'
import {
  type BreakerState,
  type CircuitBreaker,
  circuitBreaker,
  type RetryBudget,
  retryBudget,
  retrying,
} from '@steinmetz/kernel/resilience'
import { SubgraphFailure } from '../engine/run.ts'

/** One call to a subgraph, to be made once or again. It ends by itself within its time limit. */
export type SubgraphCall<Answer> = {
  service: string
  kind: 'query' | 'mutation'
  /** Aborts when nobody waits for the request any more. */
  signal?: AbortSignal | undefined
  send(): Promise<Answer>
}

export type SubgraphPolicies = {
  /**
   * Makes a call under what holds for its subgraph. A query that found no connection is made again, while the budget
   * of its subgraph lasts; a mutation never is, as it may have been done. A subgraph that failed five times in a row
   * is left alone for a while: calls to it fail at once with the SubgraphFailure SUBGRAPH_CIRCUIT_OPEN.
   */
  run<Answer extends { status: number }>(call: SubgraphCall<Answer>): Promise<Answer>
  /** One check a subgraph that was called, for `/health`: a circuit that is not closed is a warning. */
  checks(names: readonly string[]): Check[]
  /** How the circuits stand, by subgraph. */
  states(): ReadonlyMap<string, BreakerState>
}

export type SubgraphPolicyOptions = {
  failures?: number
  openMs?: number
  retries?: number
  firstRetryAfterMs?: number
  /** Hears of each change of a circuit. */
  changed?(service: string, state: BreakerState): void
  /** Hears of each call that is made again. */
  retried?(service: string): void
}

// A gateway's client waits, so the first retry follows soon and few follow.
const gatewayRetries = 2
const gatewayFirstRetryMs = 50
/** Answers by which a proxy says that the subgraph behind it is not there. */
const absent = new Set([502, 503, 504])

type Held = { breaker: CircuitBreaker; budget: RetryBudget }

/** Keeps breaker and retry budget of each subgraph; they outlive the supergraph that names it. */
export function subgraphPolicies(options: SubgraphPolicyOptions = {}): SubgraphPolicies {
  const { retries = gatewayRetries, firstRetryAfterMs = gatewayFirstRetryMs, failures, openMs } = options
  const held = new Map<string, Held>()
  const heldOf = (service: string): Held => {
    const known = held.get(service)
    if (known) return known
    const breaker = circuitBreaker({
      name: service,
      countsAsFailure: saysItIsDown,
      answerIsFailure: (answer) => absent.has((answer as { status: number }).status),
      ...(failures !== undefined && { failures }),
      ...(openMs !== undefined && { openMs }),
      changed: (state) => options.changed?.(service, state),
    })
    const made = { breaker, budget: retryBudget() }
    held.set(service, made)
    return made
  }

  return {
    run({ service, kind, signal, send }) {
      const { breaker, budget } = heldOf(service)
      const once = () => breaker.run(send).catch((error: unknown) => throwOpen(service, error))
      if (kind === 'mutation') return once()
      const when = (error: unknown) => {
        const again = failureReason(error) === 'SUBGRAPH_UNREACHABLE' && !signal?.aborted
        if (again) options.retried?.(service)
        return again
      }
      return retrying({ when, retries, firstDelayMs: firstRetryAfterMs, budget })(once, signal)
    },
    checks: (names) =>
      names.map((service) => ({
        name: `subgraph-${service}`,
        required: false,
        async check() {
          const state = held.get(service)?.breaker.state() ?? 'closed'
          if (state !== 'closed') throw fault('SUBGRAPH_CIRCUIT_OPEN', `the circuit is ${state}`)
        },
      })),
    states: () => new Map([...held].map(([service, { breaker }]) => [service, breaker.state()])),
  }
}

function failureReason(error: unknown): string | undefined {
  return error instanceof SubgraphFailure ? error.reason : undefined
}

/** A client that went away, or an answer too long to be read, says nothing about the subgraph's health. */
function saysItIsDown(error: unknown): boolean {
  const reason = failureReason(error)
  return reason === 'SUBGRAPH_UNREACHABLE' || reason === 'SUBGRAPH_TIMEOUT'
}

function throwOpen(service: string, error: unknown): never {
  if (!(error instanceof Fault) || error.code !== 'CIRCUIT_OPEN') throw error
  const message = `${service} has failed again and again and is left alone for a while`
  throw new SubgraphFailure('SUBGRAPH_CIRCUIT_OPEN', message, { cause: error })
}
