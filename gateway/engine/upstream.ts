import type { Log } from '@steinmetz/kernel/telemetry'
import type { FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import { createClient, type SubscribePayload } from 'graphql-ws'
import WebSocket from 'ws'
import type { RequestContext } from '../graph.ts'
import type { RoutedSubgraph } from '../supergraph.ts'

/** The events of one subscription as its subgraph sends them. Ends after the subgraph completed it or was lost. */
export type Upstream = {
  next(): Promise<IteratorResult<FormattedExecutionResult, undefined>>
  return(): Promise<void>
}

/** A subgraph that says nothing for this long is asked whether it is there, and given as long again to answer. */
const pingEveryMs = 12_000
const ackTimeoutMs = 5_000

/** Subscribes at a subgraph over graphql-transport-ws, with an internal token in connection_init. */
export function openUpstream(
  subgraph: RoutedSubgraph,
  operation: SubscribePayload,
  context: RequestContext,
  log: Log,
): Upstream {
  let silence: NodeJS.Timeout | undefined
  const client = createClient({
    url: subgraph.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    // A lost event cannot be had again by resending the same words. Only the client knows its cursor.
    retryAttempts: 0,
    connectionAckWaitTimeout: ackTimeoutMs,
    keepAlive: pingEveryMs,
    connectionParams: () => ({
      authorization: context.authorization(),
      'x-request-id': context.requestId,
      traceparent: context.traceparent,
    }),
    on: {
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), pingEveryMs)
      },
      pong: () => clearTimeout(silence),
      closed: () => clearTimeout(silence),
    },
  })
  const events = client.iterate<Record<string, unknown>, Record<string, unknown>>(operation)
  let ended = false

  return {
    async next() {
      if (ended) return { done: true, value: undefined }
      try {
        const event = await events.next()
        return event.done ? { done: true, value: undefined } : { done: false, value: event.value }
      } catch (error) {
        ended = true
        return { done: false, value: { errors: endOf(subgraph, error, log) } }
      }
    },
    async return() {
      ended = true
      await events.return?.()
      await client.dispose()
    },
  }
}

/** What the client is told as the last event: the subgraph's own refusal, or that the subgraph was lost. */
function endOf(subgraph: RoutedSubgraph, error: unknown, log: Log): GraphQLFormattedError[] {
  if (Array.isArray(error)) return error
  const { code, reason } = closing(error)
  log.warn({ subgraph: subgraph.name, closeCode: code, closeReason: reason, err: error }, 'subscription lost')
  const message = `${subgraph.name} was lost; subscribe again from the last cursor`
  const extensions = { code: 'UNAVAILABLE', reason: 'SUBSCRIPTION_LOST', serviceName: subgraph.name }
  return [{ message, extensions }]
}

function closing(error: unknown): { code?: number; reason?: string } {
  if (typeof error !== 'object' || error === null) return {}
  const { code, reason } = error as Record<string, unknown>
  return {
    ...(typeof code === 'number' && { code }),
    ...(typeof reason === 'string' && { reason }),
  }
}
