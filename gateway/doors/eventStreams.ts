import type { ServerResponse } from 'node:http'
import type { FormattedExecutionResult } from 'graphql'

/**
 * How the events of a subscription travel in one HTTP answer: as server-sent events (the distinct connections mode
 * of the graphql-sse protocol), or as parts of Apollo's multipart protocol for subscriptions.
 */
export type StreamFormat = 'sse' | 'multipart'

export type StreamOptions = {
  format: StreamFormat
  headers: Readonly<Record<string, string>>
  /** When the caller's token expires: the stream ends then, and the client comes back with a new one. */
  endsInMs: number
  /** Aborted when the gateway stops: the stream ends, and the client comes back to another. */
  stopping: AbortSignal
  /** How long a client may leave what was sent to it unread before its stream is cut. Default 10 000. */
  patienceMs?: number
  /** How often an idle stream says that it lives. Default 5 000. */
  heartbeatMs?: number
}

type Wire = {
  contentType: string
  event(text: string): string
  heartbeat: string
  refused(text: string): string
  end: string
}

const boundary = 'graphql'
const part = (json: string) => `\r\n--${boundary}\r\ncontent-type: application/json\r\n\r\n${json}`

const wires: Readonly<Record<StreamFormat, Wire>> = {
  sse: {
    contentType: 'text/event-stream; charset=utf-8',
    event: (text) => `event: next\ndata: ${text}\n\n`,
    heartbeat: ':\n\n',
    refused: (text) => `event: next\ndata: ${text}\n\n`,
    end: 'event: complete\ndata:\n\n',
  },
  multipart: {
    contentType: `multipart/mixed; boundary="${boundary}"; subscriptionSpec=1.0`,
    event: (text) => part(`{"payload":${text}}`),
    heartbeat: part('{}'),
    // An error of the connection, not of an event, stands beside an empty payload and ends the stream.
    refused: (text) => part(`{"payload":null,"errors":${JSON.stringify(JSON.parse(text).errors)}}`),
    end: `\r\n--${boundary}--\r\n`,
  },
}

const longestTimerMs = 2_147_483_647

/** The format a client asks a subscription to be streamed in, if it asks for any of ours. */
export function streamFormatOf(accept: string | undefined): StreamFormat | undefined {
  const ranges = (accept ?? '').toLowerCase().split(',')
  const asks = (type: string, parameter = '') =>
    ranges.some(
      (range) => range.trim().startsWith(type) && range.replaceAll(' ', '').replaceAll('"', '').includes(parameter),
    )
  if (asks('multipart/mixed', 'subscriptionspec=1.0')) return 'multipart'
  return asks('text/event-stream') ? 'sse' : undefined
}

/**
 * Sends events until they end, the client leaves, its token expires, the gateway stops, or it stops reading. Events are taken one at a
 * time and the next only once the last was taken off our hands, so a slow client never fills our memory; one that
 * reads nothing for `patienceMs` is cut, and may come back to its cursor.
 */
export async function streamEvents(
  response: ServerResponse,
  events: AsyncIterableIterator<FormattedExecutionResult>,
  { format, headers, endsInMs, stopping, patienceMs = 10_000, heartbeatMs = 5_000 }: StreamOptions,
): Promise<void> {
  const wire = wires[format]
  response.writeHead(200, { ...headers, 'content-type': wire.contentType, 'cache-control': 'no-store' })
  response.flushHeaders()
  const heartbeat = setInterval(() => response.writableNeedDrain || response.write(wire.heartbeat), heartbeatMs)
  const stopListening = () => {
    clearInterval(heartbeat)
    clearTimeout(expiry)
    stopping.removeEventListener('abort', goAway)
    void events.return?.()
  }
  const refuse = (why: string) => {
    response.end(wire.refused(why) + wire.end)
    stopListening()
  }
  const goAway = () => refuse(goingAway)
  const expiry = setTimeout(() => refuse(expired), Math.min(Math.max(endsInMs, 0), longestTimerMs))
  stopping.addEventListener('abort', goAway)
  response.once('close', stopListening)
  if (stopping.aborted) goAway()
  // Who left while the subscription began is not heard to leave again.
  if (response.destroyed) stopListening()

  try {
    for await (const event of events) {
      if (response.writableEnded || response.destroyed) break
      if (!response.write(wire.event(JSON.stringify(event)))) await drained(response, patienceMs)
    }
    if (!response.writableEnded) response.end(wire.end)
  } finally {
    stopListening()
  }
}

const refusal = (code: string, reason: string, message: string): string =>
  JSON.stringify({ errors: [{ message, extensions: { code, reason } }] })

const expired = refusal('UNAUTHENTICATED', 'TOKEN_EXPIRED', 'The token has expired')
const goingAway = refusal('UNAVAILABLE', 'GOING_AWAY', 'This gateway stops; subscribe again from the last cursor')

/** Waits until the client has read what lies before it, and cuts it off when it does not in time. */
function drained(response: ServerResponse, patienceMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cut = setTimeout(() => response.destroy(), patienceMs)
  response.once('drain', resolve)
  response.once('close', resolve)
  return promise.finally(() => {
    clearTimeout(cut)
    response.off('drain', resolve)
    response.off('close', resolve)
  })
}
