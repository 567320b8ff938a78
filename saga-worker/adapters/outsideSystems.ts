import { describeError, Fault, fault } from '@steinmetz/kernel/errors'
import type { Check } from '@steinmetz/kernel/health'
import { type CircuitBreaker, timeLimit, watchedBreakers } from '@steinmetz/kernel/resilience'
import type { Log, Metrics } from '@steinmetz/kernel/telemetry'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Envelope, Outcome, Send } from '../engine/command.ts'

export type OutsideOptions = {
  /** Where each system is, by the name that commands call it. */
  readonly urls: Readonly<Record<string, string>>
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
  /** Whether a command's `subgraph` is a system outside. */
  knows(name: string): boolean
  /** One for each system: it fails while the system is left alone. */
  readonly checks: readonly Check[]
  close(): Promise<void>
}

const refusal = z.object({ code: z.string().max(100), message: z.string().max(500) })

/** A system that is overloaded or whose state does not allow an answer now; it is asked again. */
const passing = new Set([408, 425, 429])

/**
 * The world outside, behind small gateways of its own that speak plain HTTP:
 *
 *   PUT <url>/<operation>/<reference>   does it, once for each reference; the body is the input
 *   GET <url>/<operation>/<reference>   tells what became of it: 404 when it never arrived
 *
 * 2xx is an answer, 4xx with `{ code, message }` a refusal. A command in doubt is settled by asking what became
 * of it before it is put again. There is no retry here: the saga's own is the only one. A system that fails
 * five times in a row is left alone for a while.
 */
export function outsideSystems(options: OutsideOptions): OutsideSystems {
  const { urls, log, metrics, timeoutMs = 10_000, openMs = 30_000 } = options
  const agent = new Agent({ connections: 8, connect: { timeout: Math.min(timeoutMs, 3_000) } })
  const breakers = watchedBreakers(metrics, Object.keys(urls), {
    openMs,
    changed: (system, breaker) => log.warn({ system, breaker }, 'a breaker has changed'),
  })
  const systems = new Map(
    [...breakers].map(([name, breaker]) => [
      name,
      { url: urls[name] ?? '', breaker, limit: timeLimit(name, timeoutMs) },
    ]),
  )

  async function send(envelope: Envelope): Promise<Outcome> {
    const { subgraph, mutation, input } = envelope.command
    const system = systems.get(subgraph)
    if (!system) return { kind: 'halted', code: 'COMMAND_UNKNOWN', message: `no system is called ${subgraph}` }
    const url = `${system.url}/${mutation}/${encodeURIComponent(envelope.idempotencyKey)}`
    const ask = (method: 'GET' | 'PUT') =>
      system.breaker.run(() =>
        system.limit(async (signal) => {
          const headers = { 'content-type': 'application/json', 'x-request-id': envelope.onBehalfOf.requestId }
          const body = method === 'PUT' ? JSON.stringify({ input, undoes: envelope.forwardKey }) : null
          const answer = await request(url, { dispatcher: agent, method, signal, headers, body })
          return read(subgraph, answer.statusCode, await answer.body.text())
        }),
      )
    try {
      const before = envelope.asked > 0 ? await ask('GET') : null
      return before ?? (await ask('PUT')) ?? inDoubt('UNREADABLE', `${subgraph} does not know ${mutation}`)
    } catch (error) {
      if (error instanceof Fault) return inDoubt(error.code, error.message)
      return inDoubt('UNREACHABLE', `${subgraph} gave no answer: ${describeError(error).code ?? 'no reason'}`)
    }
  }

  return {
    send,
    knows: (name) => systems.has(name),
    checks: [...systems].map(([name, { breaker }]) => ({ name, required: false, check: () => closed(name, breaker) })),
    close: () => agent.destroy(),
  }
}

/** What an answer says; null when nothing is known under the reference. A failure of the system is thrown. */
function read(name: string, status: number, body: string): Outcome | null {
  if (status >= 500 || passing.has(status)) throw fault('SYSTEM_FAILING', `${name} answered ${status}`)
  if (status === 404) return null
  if (status >= 200 && status < 300) return { kind: 'done', answer: body === '' ? {} : JSON.parse(body) }
  const said = refusal.safeParse(body === '' ? {} : JSON.parse(body)).data
  if (said) return { kind: 'refused', ...said }
  return { kind: 'halted', code: `HTTP_${status}`, message: `${name} does not take the command as it is` }
}

async function closed(name: string, breaker: CircuitBreaker): Promise<void> {
  if (breaker.state() === 'open') throw fault('CIRCUIT_OPEN', `${name} has failed again and again and is left alone`)
}

function inDoubt(code: string, message: string): Outcome {
  return { kind: 'inDoubt', code, message }
}
