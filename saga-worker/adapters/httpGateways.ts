import { fault } from '@steinmetz/kernel/errors'
import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Envelope, Outcome } from '../engine/command.ts'
import type { Adapter } from './outsideSystems.ts'

const refusal = z.object({ code: z.string().max(100), message: z.string().max(500) })

/** A system that is overloaded or whose state does not allow an answer now; it is asked again. */
const passing = new Set([408, 425, 429])

/**
 * Systems behind small gateways of their own that speak plain HTTP; `urls` says where each is:
 *
 *   PUT <url>/<operation>/<reference>   does it, once for each reference; the body is `{ input, undoes }`
 *   GET <url>/<operation>/<reference>   tells what became of it: 404 when it never arrived
 *
 * 2xx is an answer, 4xx with `{ code, message }` a refusal. `undoes` is the reference of what a compensation undoes,
 * and null otherwise: what arrives under it afterwards must be refused, for it is late.
 */
export function httpGateways(urls: Readonly<Record<string, string>>): Adapter {
  const agent = new Agent({ connections: 8, connect: { timeout: 3_000 } })

  async function ask(envelope: Envelope, method: 'GET' | 'PUT', signal: AbortSignal): Promise<Outcome | null> {
    const { subgraph: name, mutation, input } = envelope.command
    const url = `${urls[name]}/${mutation}/${encodeURIComponent(envelope.idempotencyKey)}`
    const headers = { 'content-type': 'application/json', 'x-request-id': envelope.onBehalfOf.requestId }
    const body = method === 'PUT' ? JSON.stringify({ input, undoes: envelope.forwardKey }) : null
    const answer = await request(url, { dispatcher: agent, method, signal, headers, body })
    return read(name, answer.statusCode, await answer.body.text())
  }

  return {
    names: Object.keys(urls),
    status: (envelope, signal) => ask(envelope, 'GET', signal),
    async call(envelope, signal) {
      const { subgraph, mutation } = envelope.command
      const message = `${subgraph} does not know ${mutation}`
      return (await ask(envelope, 'PUT', signal)) ?? { kind: 'inDoubt', code: 'UNREADABLE', message }
    },
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
