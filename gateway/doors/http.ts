import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, type Log, requestIdOf, type Tracing, withContext } from '@steinmetz/kernel/telemetry'
import { acceptedType } from '../engine/overHttp.ts'
import type { Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import { type Caller, unauthenticatedCaller } from '../guards/authentication.ts'
import { denyCrossSite } from '../guards/crossSite.ts'
import { Denied } from '../guards/denied.ts'
import { asksForSchemaOnly, operationOf } from '../guards/documentLimits.ts'
import { clientOf, headersForSubgraphs } from '../guards/passedHeaders.ts'
import type { DoorGuards } from '../guards/setUp.ts'
import { answerBatch } from './batch.ts'
import { compressed } from './compression.ts'
import { cors, preflight } from './cors.ts'
import { streamEvents, streamFormatOf } from './eventStreams.ts'
import { graphqlRequest, readParameters } from './parameters.ts'
import type { Reply } from './reply.ts'

export type HttpDoorOptions = {
  graph: Graph
  guards: DoorGuards
  limits: { maxBodyBytes: number; timeoutMs: number; maxBatch: number }
  corsOrigins: readonly string[]
  compressFromBytes: number
  /** Whether the schema is told to whoever asks, without a token. */
  openSchema: boolean
  /** Aborted when the gateway stops. */
  stopping: AbortSignal
  now: () => Date
  log: Log
  tracing: Tracing
}

type Who = Pick<Context, 'tenantId' | 'actor'>

/** One request on its way through the door, and who was found to send it. */
type Exchange = {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  requestId: string
  traceparent: string
  who: { known: Who }
}

/** An exchange whose sender may ask, with what every operation of it shares. */
type Asking = Exchange & { caller: Caller | undefined; address: string; headers: Readonly<Record<string, string>> }

/**
 * Answers GraphQL over HTTP. Each request has an id (its own if well formed) and a trace, both echoed to subgraphs;
 * the answer bears the id. `idempotent-replayed: true` tells that every mutation of the request had been done before.
 */
export function createHttpDoor(options: HttpDoorOptions) {
  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const requestId = requestIdOf(request.headers['x-request-id'])
    const [traceparent] = [request.headers.traceparent].flat()
    const span = { kind: 'server', parent: traceparent ?? null } as const
    const answer = (parent: string) =>
      answerTraced({ request, response, url, requestId, traceparent: parent, who: { known: {} } }, options)
    await withContext({ requestId }, () => options.tracing.span('graphql', span, answer))
  }
}

async function answerTraced(exchange: Exchange, options: HttpDoorOptions): Promise<void> {
  const { request, response, who } = exchange
  const started = performance.now()
  const reply = await replyTo(exchange, options).catch((error: unknown) => failed(error, request, options))
  const headers = { 'x-request-id': exchange.requestId, ...cors(request, options.corsOrigins), ...reply.headers }
  if (reply.stream) await stream(response, reply.stream, headers, options)
  else await send(exchange, { ...reply, headers }, options.compressFromBytes)
  const ms = Math.round((performance.now() - started) * 10) / 10
  const client = clientOf(request.headers)
  options.guards.metrics.answered(client, reply.status, ms / 1_000)
  const fields = { method: request.method, status: reply.status, ms, client: client.name, version: client.version }
  withContext(who.known, () => options.log.info(fields, 'request'))
}

/** Streams events. One that fails ends its stream alone, and the client comes back to its cursor. */
async function stream(
  response: ServerResponse,
  { events, ...format }: NonNullable<Reply['stream']>,
  headers: Record<string, string>,
  { stopping, log }: HttpDoorOptions,
): Promise<void> {
  await streamEvents(response, events, { ...format, headers, stopping }).catch((error: unknown) => {
    log.error({ err: error }, 'a stream of events failed unexpectedly')
    response.destroy()
  })
}

async function send({ request, response }: Exchange, { status, headers, body }: Reply, fromBytes: number) {
  const packed = await compressed(body, request.headers['accept-encoding']?.toString(), fromBytes)
  const vary = [headers.vary, packed.headers.vary].filter(Boolean).join(', ')
  sendWhole(response, status, { ...headers, ...packed.headers, ...(vary && { vary }) }, packed.body)
}

/** Sends head and body in one piece; text of ASCII alone, as most JSON is, goes without a transcoder. */
function sendWhole(response: ServerResponse, status: number, headers: Record<string, string>, body: string | Buffer) {
  const bytes = Buffer.byteLength(body)
  // An answer that has no body by its status tells no length of one (RFC 9110, § 8.6).
  const length = status === 204 ? {} : { 'content-length': bytes }
  response.writeHead(status, { ...headers, ...length }).end(body, bytes === body.length ? 'latin1' : 'utf8')
}

async function replyTo(exchange: Exchange, options: HttpDoorOptions): Promise<Reply> {
  const { request, url, who } = exchange
  const { guards, limits, openSchema } = options
  if (request.method === 'OPTIONS') return { status: 204, headers: preflight, body: '' }
  denyCrossSite(request)
  const address = guards.addressOf(request)
  const anonymous = openSchema && request.headers.authorization === undefined
  // Who may not ask is told so before a byte of the body is read.
  const caller = anonymous ? undefined : await guards.authenticate(request)
  if (caller) who.known = { tenantId: caller.tenantId, actor: caller.person }
  const headers = headersForSubgraphs(request.headers, guards.forwardHeaders)
  const asking: Asking = { ...exchange, caller, address, headers }
  return withContext(who.known, async () => {
    const given = await readParameters(request, url, limits.maxBodyBytes).catch((error: unknown) =>
      counted(error, asking, guards),
    )
    if (!Array.isArray(given) || limits.maxBatch === 0) return answerOne(given, asking, options)
    return answerBatch(given, limits.maxBatch, (one) =>
      answerOne(one, { ...asking, batched: true }, options).catch((error: unknown) => failed(error, request, options)),
    )
  })
}

/** A denial draws on its sender's quota, which may deny it in other words. */
async function counted(error: unknown, { caller, address }: Asking, guards: DoorGuards): Promise<never> {
  if (error instanceof Denied) await guards.countDenied({ caller, address })
  throw error
}

async function answerOne(
  given: unknown,
  asking: Asking & { batched?: boolean },
  options: HttpDoorOptions,
): Promise<Reply> {
  const { request, caller } = asking
  try {
    const asked = graphqlRequest(given, options.guards.documents)
    const operation = operationOf(asked.document, asked.operationName)
    if (!caller && !asksForSchemaOnly(operation)) throw unauthenticatedCaller()
    if (operation.operation === 'subscription') return await subscribed(asked, asking, options)
    if (operation.operation === 'mutation' && request.method === 'GET') {
      const message = 'A GET changes nothing: send mutations with POST'
      throw new Denied(405, 'BAD_USER_INPUT', 'METHOD_NOT_ALLOWED', message, { allow: 'POST' })
    }
    return await executed(asked, operation.operation === 'query', asking, options)
  } catch (error) {
    return await counted(error, asking, options.guards)
  }
}

async function executed(
  asked: GraphQLRequest,
  endsWithClient: boolean,
  asking: Asking,
  { graph, guards, limits }: HttpDoorOptions,
): Promise<Reply> {
  const waiting = endOfWaiting(asking.response, endsWithClient, limits.timeoutMs)
  const answer = await graph.execute(asked, contextOf(asking, waiting.signal, guards)).finally(waiting.over)
  const headers = {
    ...answer.headers,
    'content-type': answer.contentType,
    'cache-control': 'no-store',
    ...(answer.replayed && { 'idempotent-replayed': 'true' }),
  }
  return { status: answer.status, headers, body: answer.body }
}

function contextOf(
  { request, requestId, traceparent, caller, address, headers }: Asking,
  signal: AbortSignal,
  guards: DoorGuards,
): RequestContext {
  return {
    requestId,
    traceparent,
    accept: request.headers.accept ?? '*/*',
    signal,
    caller,
    address,
    headers,
    authorization() {
      if (!caller) throw unauthenticatedCaller()
      return guards.authorizationFor(caller)
    },
  }
}

/** Starts a subscription whose events are the answer. Denies who cannot take them over HTTP. */
async function subscribed(
  asked: GraphQLRequest,
  asking: Asking & { batched?: boolean },
  { graph, guards, now }: HttpDoorOptions,
): Promise<Reply> {
  const { caller, batched } = asking
  const format = streamFormatOf(asking.request.headers.accept)
  if (!caller || !format || batched) {
    const message = 'Subscribe over graphql-transport-ws, or accept text/event-stream or multipart/mixed'
    throw new Denied(400, 'BAD_USER_INPUT', 'SUBSCRIPTION_NEEDS_WEBSOCKET', message)
  }
  // The stream ends with its connection or its token; each call to a subgraph has its own time limit.
  const started = await graph.subscribe(asked, contextOf(asking, new AbortController().signal, guards))
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
  if (!(Symbol.asyncIterator in started)) return { status: 200, headers, body: JSON.stringify(started) }
  const endsInMs = caller.expiresAt.getTime() - now().getTime()
  return { status: 200, headers, body: '', stream: { format, events: started, endsInMs } }
}

/** Time is up, or the client is gone. A mutation is not given up with its client: it is finished and stored. */
function endOfWaiting(
  response: ServerResponse,
  endsWithClient: boolean,
  timeoutMs: number,
): { signal: AbortSignal; over(): void } {
  const end = new AbortController()
  const abort = () => end.abort()
  const timer = setTimeout(abort, timeoutMs)
  if (endsWithClient) response.once('close', abort)
  return {
    signal: end.signal,
    over() {
      clearTimeout(timer)
      response.off('close', abort)
    },
  }
}

function failed(error: unknown, { headers: { accept } }: IncomingMessage, { guards, log }: HttpDoorOptions): Reply {
  const denied =
    error instanceof Denied
      ? error
      : new Denied(500, 'INTERNAL', 'UNEXPECTED', 'Something went wrong on our side', { connection: 'close' })
  if (denied !== error) log.error({ err: error }, 'a request failed unexpectedly')
  guards.metrics.denied(denied.reason)
  const type = acceptedType(accept) ?? 'application/json'
  const headers = { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', ...denied.headers }
  return { status: statusOf(denied, accept), headers, body: JSON.stringify(denied.result) }
}

/**
 * A client that accepts `application/json` alone may take any other status than 200 for the words of a proxy, so the
 * specification of GraphQL over HTTP wants 200 for a well-formed request whose document is not.
 */
function statusOf({ status, reason }: Denied, accept = ''): number {
  const isLegacy = /application\/json/i.test(accept) && !/application\/graphql-response\+json/i.test(accept)
  return isLegacy && reason === 'DOCUMENT_NOT_READABLE' ? 200 : status
}
