import { createHash } from 'node:crypto'
import type { Log } from '@steinmetz/kernel/telemetry'
import type { RequestContext } from '../graph.ts'
import type { EventSource } from './eventSource.ts'
import type { JsonObject } from './json.ts'
import { type ResumeOptions, resumeUpstream } from './resumingUpstream.ts'
import type { SharedUpstreams } from './sharedUpstreams.ts'
import type { OpenEvents } from './subscribe.ts'
import { type Lost, openUpstream } from './upstream.ts'

export type FeedOptions = ResumeOptions & {
  upstreams: SharedUpstreams
  urlOf(service: string): string
  log: Log
}

/** A running subscription cannot go on by itself on the supergraph that was swapped in. */
export class NothingToGoOnFrom extends Error {}

/**
 * Feeds the subscriptions of clients from upstreams that those of equal identity share. A subscription that goes on
 * on another supergraph keeps its feed where that supergraph asks the same of the same subgraph, and else begins a new
 * one at its cursor; without a cursor it cannot, and NothingToGoOnFrom is thrown.
 */
export function clientFeeds(options: FeedOptions): (context: RequestContext) => OpenEvents {
  return (context) => (source, variables) => {
    const { stream } = context
    const sent = source.variables(variables)
    const key = keyOf(source, options.urlOf(source.service), sent, context)
    const before = stream?.feed
    if (before?.key === key) return before.read()

    const position = before?.position()
    if (before && !(position && source.cursor)) throw new NothingToGoOnFrom()
    const from = position ? position.cursor : source.cursor?.first(variables)
    before?.close()
    const feed = options.upstreams.listen({
      key,
      from,
      cursorOf: source.cursor?.of,
      open: opening(source, { sent, from, context }, options),
    })
    if (stream) stream.feed = feed
    return feed.read()
  }
}

type Asked = { sent: Record<string, unknown>; from: unknown; context: RequestContext }
type Listener = { next(event: JsonObject): void; ended(last?: JsonObject): void }

function opening(source: EventSource, { sent, from, context }: Asked, options: FeedOptions) {
  const { service, query, operationName, cursor } = source
  const { log } = options
  const told = (why: Lost) => ({ subgraph: service, closeCode: why.closeCode, closeReason: why.closeReason })
  const params = () => ({
    ...context.headers,
    authorization: context.authorization(),
    'x-request-id': context.requestId,
    traceparent: context.traceparent,
  })
  return ({ next, ended }: Listener): (() => void) =>
    resumeUpstream(
      {
        from,
        cursorOf: cursor?.of,
        broken: (why) => log.info(told(why), 'a subscription broke and is taken up again'),
        connect(position, sink) {
          const variables = cursor && position !== undefined ? { ...sent, [cursor.variable]: position } : sent
          const payload = { query, ...(operationName && { operationName }), variables }
          return openUpstream({ url: options.urlOf(service), payload, params }, sink)
        },
      },
      {
        next,
        ended: (errors) => ended(errors && { errors }),
        lost(why) {
          log.warn({ ...told(why), err: why.cause }, 'subscription lost')
          const message = `${service} was lost; subscribe again from the last cursor`
          ended({ errors: [{ message, extensions: { code: 'UNAVAILABLE', reason: 'SUBSCRIPTION_LOST' } }] })
        },
      },
      options,
    )
}

/** Headers that tell of a request without changing what is answered to it. */
const aside = new Set(['tracestate', 'apollographql-client-name', 'apollographql-client-version'])

/** What must be equal for two subscriptions to hear the same: what is asked, where, and on whose behalf. */
function keyOf(
  { service, query, operationName }: EventSource,
  url: string,
  variables: Record<string, unknown>,
  { caller, headers, authorization }: RequestContext,
): string {
  const identity = caller
    ? [caller.tenantId, caller.account, caller.person, caller.session, caller.address, [...caller.scopes].sort()]
    : authorization()
  const telling = sorted(headers).filter(([name]) => !aside.has(name))
  const parts = [service, url, query, operationName, sorted(variables), identity, telling]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

const sorted = (values: Readonly<Record<string, unknown>>) => Object.entries(values).toSorted()
