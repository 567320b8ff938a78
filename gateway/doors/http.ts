import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, type Log, requestIdOf, type Tracing, withContext } from '@steinmetz/kernel/telemetry'
import type { FormattedExecutionResult } from 'graphql'
import type { Graph, GraphQLRequest } from '../graph.ts'
import { type Caller, unauthenticatedCaller } from '../guards/authentication.ts'
import { Denied } from '../guards/denied.ts'
import { asksForSchemaOnly, type DocumentLimits, operationOf } from '../guards/documentLimits.ts'
import { type StreamFormat, streamEvents, streamFormatOf } from './eventStreams.ts'
import { graphqlRequest, readParameters } from './parameters.ts'

export type HttpDoorOptions = {
  graph: Graph
  authenticate(request: IncomingMessage): Promise<Caller>
  authorizationFor(caller: Caller): string
  limits: DocumentLimits & { maxBodyBytes: number; timeoutMs: number }
  corsOrigins: readonly string[]
  /** Whether the schema is told to whoever asks, without a token. */
  openSchema: boolean
  now: () => Date
  log: Log
  tracing: Tracing
}

type Reply = { status: number; headers: Record<string, string>; body: string; stream?: Stream }
/** The events of a subscription, to be sent in place of a body. */
type Stream = { format: StreamFormat; events: AsyncIterableIterator<FormattedExecutionResult>; endsInMs: number }
type Who = Pick<Context, 'tenantId' | 'actor'>

/**
 * Answers GraphQL over HTTP. Each request has an id (its own if well formed) and a trace, both echoed to subgraphs;
 * the answer bears the id. `idempotent-replayed: true` tells that every mutation of the request had been done before.
 */
export function createHttpDoor(options: HttpDoorOptions) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const requestId = requestIdOf(request.headers['x-request-id'])
    const [traceparent] = [request.headers.traceparent].flat()
    const span = { kind: 'server', parent: traceparent ?? null } as const
    const answer = (parent: string) => answerTraced(request, response, url, { requestId, traceparent: parent }, options)
    await withContext({ requestId }, () => options.tracing.span('graphql', span, answer))
  }
}

async function answerTraced(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  context: { requestId: string; traceparent: string },
  options: HttpDoorOptions,
): Promise<void> {
  const started = performance.now()
  const who: { known: Who } = { known: {} }
  const reply = await replyTo(request, response, url, { ...context, who }, options).catch((error) =>
    failed(error, options.log),
  )
  const headers = { 'x-request-id': context.requestId, ...cors(request, options.corsOrigins), ...reply.headers }
  if (reply.stream) await streamEvents(response, reply.stream.events, { ...reply.stream, headers })
  else response.writeHead(reply.status, headers).end(reply.body)
  const ms = Math.round((performance.now() - started) * 10) / 10
  withContext(who.known, () => options.log.info({ method: request.method, status: reply.status, ms }, 'request'))
}

async function replyTo(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { requestId, traceparent, who }: { requestId: string; traceparent: string; who: { known: Who } },
  options: HttpDoorOptions,
): Promise<Reply> {
  const { graph, authenticate, authorizationFor, limits, openSchema } = options
  if (request.method === 'OPTIONS') return { status: 204, headers: preflight, body: '' }
  const anonymous = openSchema && request.headers.authorization === undefined
  // Who may not ask is told so before a byte of the body is read.
  const caller = anonymous ? undefined : await authenticate(request)
  if (caller) who.known = { tenantId: caller.tenantId, actor: caller.person }
  const asked = graphqlRequest(await readParameters(request, url, limits.maxBodyBytes), limits)
  const operation = operationOf(asked.document, asked.operationName)
  if (!caller && !asksForSchemaOnly(operation)) throw unauthenticatedCaller()
  if (operation.operation === 'subscription') {
    const context = { requestId, traceparent }
    return withContext(who.known, () => subscribed(asked, request.headers.accept, caller, context, options))
  }
  if (operation.operation === 'mutation' && request.method === 'GET') {
    const message = 'A GET changes nothing: send mutations with POST'
    throw new Denied(405, 'BAD_USER_INPUT', 'METHOD_NOT_ALLOWED', message, { allow: 'POST' })
  }
  return withContext(who.known, async () => {
    const answer = await graph.execute(asked, {
      requestId,
      traceparent,
      accept: request.headers.accept ?? '*/*',
      signal: endOfWaiting(response, operation.operation === 'query', limits.timeoutMs),
      authorization() {
        if (!caller) throw unauthenticatedCaller()
        return authorizationFor(caller)
      },
    })
    const headers = {
      'content-type': answer.contentType,
      'cache-control': 'no-store',
      ...(answer.replayed && { 'idempotent-replayed': 'true' }),
    }
    return { status: answer.status, headers, body: answer.body }
  })
}

/** Starts a subscription whose events are the answer. Denies who cannot take them over HTTP. */
async function subscribed(
  asked: GraphQLRequest,
  accept: string | undefined,
  caller: Caller | undefined,
  context: { requestId: string; traceparent: string },
  { graph, authorizationFor, now }: HttpDoorOptions,
): Promise<Reply> {
  const format = streamFormatOf(accept)
  if (!caller || !format) {
    const message = 'Subscribe over graphql-transport-ws, or accept text/event-stream or multipart/mixed'
    throw new Denied(400, 'BAD_USER_INPUT', 'SUBSCRIPTION_NEEDS_WEBSOCKET', message)
  }
  const started = await graph.subscribe(asked, {
    ...context,
    accept: 'application/json',
    authorization: () => authorizationFor(caller),
    // The stream ends with its connection or its token; each call to a subgraph has its own time limit.
    signal: new AbortController().signal,
  })
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  if (!(Symbol.asyncIterator in started)) return { status: 200, headers, body: JSON.stringify(started) }
  const endsInMs = caller.expiresAt.getTime() - now().getTime()
  return { status: 200, headers, body: '', stream: { format, events: started, endsInMs } }
}

/** Time is up, or the client is gone. A mutation is not given up with its client: it is finished and stored. */
function endOfWaiting(response: ServerResponse, endsWithClient: boolean, timeoutMs: number): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs)
  if (!endsWithClient) return timeout
  const gone = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) gone.abort()
  })
  return AbortSignal.any([timeout, gone.signal])
}

function failed(error: unknown, log: Log): Reply {
  const denied =
    error instanceof Denied
      ? error
      : new Denied(500, 'INTERNAL', 'UNEXPECTED', 'Something went wrong on our side', { connection: 'close' })
  if (denied !== error) log.error({ err: error }, 'a request failed unexpectedly')
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...denied.headers }
  return { status: denied.status, headers, body: JSON.stringify(denied.result) }
}

const preflight = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type, traceparent, x-request-id',
  'access-control-max-age': '600',
}

/** Lets pages of the configured origins read answers. Without a configured origin no foreign page can. */
function cors({ headers }: IncomingMessage, origins: readonly string[]): Record<string, string> {
  const { origin } = headers
  if (origins.length === 0) return {}
  if (!origin || !origins.includes(origin)) return { vary: 'origin' }
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'idempotent-replayed, x-request-id',
  }
}
