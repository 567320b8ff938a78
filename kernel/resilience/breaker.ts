import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker as cockatielBreaker,
  handleWhen,
} from 'cockatiel'
import { fault } from '../errors/index.ts'

/** `closed` lets calls through, `open` refuses them, `half-open` tries a few. */
export type BreakerState = 'closed' | 'open' | 'half-open'

export type BreakerOptions = {
  /** What is called; it stands in the refusal. */
  name: string
  /** Whether an error says that the callee is in trouble. Default: every error. */
  countsAsFailure?(error: unknown): boolean
  /** Whether an answer says so. Default: none does. */
  answerIsFailure?(answer: unknown): boolean
  /** Failures in a row that open it. Default 5. */
  failures?: number
  /** Milliseconds it stays open. Default 30,000. */
  openMs?: number
  /** Calls that must succeed, one failing none, before it closes again. Default 2. */
  successes?: number
  /** Hears how each call ended; `denied` is one that was not made. */
  called?(outcome: 'succeeded' | 'failed' | 'denied'): void
  /** Hears of every change. */
  changed?(state: BreakerState): void
}

export type CircuitBreaker = {
  readonly name: string
  /** Makes a call, or throws the Fault CIRCUIT_OPEN without making it. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** The state a call would find. */
  state(): BreakerState
}

/**
 * Stops calling what fails, so that callers are answered at once and the callee can recover. After `openMs` the next
 * calls are a trial; others wait for its outcome, so a call needs a time limit inside the breaker. Calls under way
 * when it opens are not cut.
 */
export function circuitBreaker(options: BreakerOptions): CircuitBreaker {
  const { name, failures = 5, openMs = 30_000, successes = 2 } = options
  const { countsAsFailure = () => true, answerIsFailure = () => false } = options
  const policy: CircuitBreakerPolicy = cockatielBreaker(
    handleWhen((error) => countsAsFailure(error)).orWhenResult((answer) => answerIsFailure(answer)),
    {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
      halfOpenSampling: { calls: successes, threshold: 0 },
    },
  )
  policy.onStateChange((state) => options.changed?.(names[state]))
  return {
    name,
    state: () => names[policy.state],
    async run(call) {
      try {
        const answer = await policy.execute(call)
        options.called?.(answerIsFailure(answer) ? 'failed' : 'succeeded')
        return answer
      } catch (error) {
        const denied = error instanceof BrokenCircuitError
        options.called?.(denied ? 'denied' : countsAsFailure(error) ? 'failed' : 'succeeded')
        if (!denied) throw error
        throw fault('CIRCUIT_OPEN', `${name} has failed again and again and is not called for a while`, {
          cause: error,
        })
      }
    },
  }
}

const names: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  // Nobody isolates a breaker of ours.
  [CircuitState.Isolated]: 'open',
}
