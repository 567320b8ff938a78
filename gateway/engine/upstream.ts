import { createClient, type SubscribePayload } from 'graphql-ws'
import WebSocket from 'ws'
import type { JsonObject } from './json.ts'

/** Where the events of an upstream go. Exactly one of `ended` and `lost` comes last. */
export type Sink = {
  /** The subgraph has let the connection in. */
  connected?(): void
  next(event: JsonObject): void
  /** The subgraph has completed the stream, or refused it with errors. */
  ended(errors?: JsonObject[]): void
  /** The connection broke. */
  lost(why: Lost): void
}

export type Lost = { closeCode?: number; closeReason?: string; cause: unknown }

export type UpstreamRequest = {
  url: string
  payload: SubscribePayload
  /** Read at each connection: tokens are short-lived. */
  params(): Record<string, string>
}

/** A subgraph that says nothing for this long is asked whether it is there, and given as long again to answer. */
const pingEveryMs = 12_000
const ackTimeoutMs = 5_000
const maxEventBytes = 4 * 2 ** 20

/** Events are small and links between our own processes fast: deflating them costs more memory than it saves. */
class SubgraphSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols, { perMessageDeflate: false, maxPayload: maxEventBytes })
  }
}

/** Subscribes at a subgraph over graphql-transport-ws, on a connection of its own. Answers how to leave. */
export function openUpstream({ url, payload, params }: UpstreamRequest, sink: Sink): () => void {
  let silence: NodeJS.Timeout | undefined
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: SubgraphSocket,
    // Who comes back must say from where: that is not for the connection to know.
    retryAttempts: 0,
    connectionAckWaitTimeout: ackTimeoutMs,
    keepAlive: pingEveryMs,
    connectionParams: params,
    on: {
      connected: () => sink.connected?.(),
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), pingEveryMs)
      },
      pong: () => clearTimeout(silence),
      closed: () => clearTimeout(silence),
    },
  })
  let open = true
  const close = () => {
    open = false
    void client.dispose()
  }
  const last = (tell: () => void) => {
    if (!open) return
    close()
    tell()
  }
  client.subscribe<JsonObject, JsonObject>(payload, {
    next: (event) => open && sink.next(event as JsonObject),
    error: (error) => last(() => (Array.isArray(error) ? sink.ended(errorsOf(error)) : sink.lost(lossOf(error)))),
    complete: () => last(() => sink.ended()),
  })
  return close
}

const errorsOf = (errors: readonly unknown[]): JsonObject[] => JSON.parse(JSON.stringify(errors))

function lossOf(cause: unknown): Lost {
  if (typeof cause !== 'object' || cause === null) return { cause }
  const { code, reason } = cause as Record<string, unknown>
  return {
    cause,
    ...(typeof code === 'number' && { closeCode: code }),
    ...(typeof reason === 'string' && { closeReason: reason }),
  }
}
