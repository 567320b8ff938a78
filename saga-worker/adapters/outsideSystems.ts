import { describeError, Fault, fault } from '@steinmetz/kernel/errors'
import type { Check } from '@steinmetz/kernel/health'
import { type CircuitBreaker, timeLimit, watchedBreakers } from '@steinmetz/kernel/resilience'
import type { Log, Metrics } from '@steinmetz/kernel/telemetry'
import type { Envelope, Outcome, Send } from '../engine/command.ts'

/**
 * What is special about a system outside. The reference by which it knows a command is the envelope's
 * `idempotencyKey`: it does each once, however often it is called. What an adapter throws is the system's failure and
 * counts for its breaker; what it returns is the system's word.
 */
export type Adapter = {
  /** The systems it reaches, as commands name them. */
  readonly names: readonly string[]
  /**
   * Completes a command by what only the platform knows and nobody stores, or says why there is nothing to call. It
   * does not reach out: what it throws leaves the command in doubt and is no failure of the system.
   */
  prepare?(envelope: Envelope): Promise<Envelope | Outcome>
  /** Does what a command says, once for each reference. */
  call(envelope: Envelope, signal: AbortSignal): Promise<Outcome>
  /** What became of a command; null when nothing has arrived under its reference. */
  status(envelope: Envelope, signal: AbortSignal): Promise<Outcome | null>
  /** Throws when a call could not succeed. Left out, only calls tell. */
  check?(): Promise<void>
  close?(): Promise<void>
}

export type OutsideOptions = {
  readonly log: Log
  /** Told of each system's breaker. */
  readonly metrics: Metrics
  /** How long a call may take. Default 10,000 ms. */
  readonly timeoutMs?: number
  /** How long a system that failed five times in a row is left alone. Default 30,000 ms. */
  readonly openMs?: number
}

export type OutsideSystems = {
  /** Sends a command to the system it names. */
  readonly send: Send
  /** One for each system: it fails while the system is left alone, or says itself that it cannot work. */
  readonly checks: readonly Check[]
  close(): Promise<void>
}

type System = { readonly adapter: Adapter; readonly breaker: CircuitBreaker; readonly guarded: Guarded }
type Guarded = <T>(call: (signal: AbortSignal) => Promise<T>) => Promise<T>

/**
 * The world outside: the only way to an adapter, and so none is called but within the system's time limit and behind
 * its breaker. A command that may have been done is asked about before it is called again.
 *
 * There is no retry here, for the saga is one: it sends a command in doubt again after at most 200, 400 and 800 ms,
 * and then on with growing pauses (engine/backoff.ts). Each sending is one call. Of two adapters for one system the
 * later is taken.
 */
export function outsideSystems(adapters: readonly Adapter[], options: OutsideOptions): OutsideSystems {
  const { log, metrics, timeoutMs = 10_000, openMs = 30_000 } = options
  const adapterOf = new Map(adapters.flatMap((adapter) => adapter.names.map((name) => [name, adapter] as const)))
  const breakers = watchedBreakers(metrics, [...adapterOf.keys()], {
    openMs,
    changed: (system, breaker) => log.warn({ system, breaker }, 'a breaker has changed'),
  })
  const systems = new Map<string, System>()
  for (const [name, adapter] of adapterOf) {
    const breaker = breakers.get(name)
    const limit = timeLimit(name, timeoutMs)
    if (breaker) systems.set(name, { adapter, breaker, guarded: (call) => breaker.run(() => limit(call)) })
  }

  async function send(envelope: Envelope): Promise<Outcome> {
    const { subgraph: name } = envelope.command
    const system = systems.get(name)
    if (!system)
      return { kind: 'halted', code: 'SYSTEM_NOT_CONFIGURED', message: `this worker is not told where ${name} is` }
    try {
      return await settled(envelope, {
        status: () => system.guarded((signal) => system.adapter.status(envelope, signal)),
        call: () => call(system, envelope),
      })
    } catch (error) {
      if (error instanceof Fault) return inDoubt(error.code, error.message)
      return inDoubt('UNREACHABLE', `${name} gave no answer: ${describeError(error).code ?? 'no reason'}`)
    }
  }

  return {
    send,
    checks: [...systems].map(([name, system]) => ({ name, required: false, check: () => check(name, system) })),
    close: async () => void (await Promise.all(adapters.map((adapter) => adapter.close?.()))),
  }
}

async function call({ adapter, guarded }: System, envelope: Envelope): Promise<Outcome> {
  const ready = (await adapter.prepare?.(envelope)) ?? envelope
  return 'kind' in ready ? ready : guarded((signal) => adapter.call(ready, signal))
}

/** Settles doubt: what may have been sent before may have been done, and is called only when nothing has arrived. */
export async function settled(
  { inDoubt }: Pick<Envelope, 'inDoubt'>,
  ask: { status(): Promise<Outcome | null>; call(): Promise<Outcome> },
): Promise<Outcome> {
  const before = inDoubt ? await ask.status() : null
  return before ?? ask.call()
}

async function check(name: string, { adapter, breaker }: System): Promise<void> {
  if (breaker.state() === 'open') throw fault('CIRCUIT_OPEN', `${name} has failed again and again and is left alone`)
  await adapter.check?.()
}

function inDoubt(code: string, message: string): Outcome {
  return { kind: 'inDoubt', code, message }
}
