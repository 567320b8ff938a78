import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, type Log, requestIdOf, type Tracing, withContext } from '@steinmetz/kernel/telemetry'
import type { Graph } from '../graph.ts'
import { type Caller, unauthenticatedCaller } from '../guards/authentication.ts'
import { Denied } from '../guards/denied.ts'
import { asksForSchemaOnly, type DocumentLimits, operationOf } from '../guards/documentLimits.ts'
import { graphqlRequest, readParameters } from './parameters.ts'

export type HttpDoorOptions = {
  graph: Graph
  authenticate(request: IncomingMessage): Promise<Caller>
  authorizationFor(caller: Caller): string
  limits: DocumentLimits & { maxBodyBytes: number; timeoutMs: number }
  corsOrigins: readonly string[]
  /** Whether the schema is told to whoever asks, without a token. */
  openSchema: boolean
  log: Log
  tracing: Tracing
}

type Reply = { status: number; headers: Record<string, string>; body: string }
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
  response.writeHead(reply.status, headers).end(reply.body)
  const ms = Math.round((performance.now() - started) * 10) / 10
  withContext(who.known, () => options.log.info({ method: request.method, status: reply.status, ms }, 'request'))
}

async function replyTo(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  { requestId, traceparent, who }: { requestId: string; traceparent: string; who: { known: Who } },
  { graph, authenticate, authorizationFor, limits, openSchema }: HttpDoorOptions,
): Promise<Reply> {
  if (request.method === 'OPTIONS') return { status: 204, headers: preflight, body: '' }
  const anonymous = openSchema && request.headers.authorization === undefined
  // Who may not ask is told so before a byte of the body is read.
  const caller = anonymous ? undefined : await authenticate(request)
  if (caller) who.known = { tenantId: caller.tenantId, actor: caller.person }
  const asked = graphqlRequest(await readParameters(request, url, limits.maxBodyBytes), limits)
  const operation = operationOf(asked.document, asked.operationName)
  if (!caller && !asksForSchemaOnly(operation)) throw unauthenticatedCaller()
  if (operation.operation === 'subscription') {
    const message = 'Subscribe over a WebSocket with the protocol graphql-transport-ws'
    throw new Denied(400, 'BAD_USER_INPUT', 'SUBSCRIPTION_NEEDS_WEBSOCKET', message)
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
