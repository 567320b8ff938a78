import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type ApolloServer, HeaderMap } from '@apollo/server'
import type { Identity } from '../auth/index.ts'
import { SteinmetzError } from '../errors/index.ts'
import { type Tracing, withContext } from '../telemetry/index.ts'
import type { RequestContext } from './context.ts'

const bodyAtMostBytes = 1_048_576
// Whoever is cut off while sending sees a broken connection, not our answer: what is too large is read on,
// up to this, and thrown away.
const discardedAtMostBytes = 67_108_864

export type HttpParts<Client> = {
  readonly apollo: ApolloServer<RequestContext<Client>>
  readonly identify: (headers: IncomingMessage['headers']) => Identity
  readonly context: (identity: Identity, traceparent: string) => RequestContext<Client>
  readonly name: string
  readonly tracing: Tracing
  /** Answers the health pages; false for any other path. */
  readonly health: (request: IncomingMessage, response: ServerResponse) => boolean
}

/** The subgraph's HTTP door: the health pages, and `/graphql` for whoever brings an internal token. */
export function httpServer<Client>(parts: HttpParts<Client>): Server {
  return createServer((request, response) => {
    if (parts.health(request, response)) return
    answer(parts, request, response).catch((error: unknown) => {
      const unauthenticated = error instanceof SteinmetzError && error.code === 'UNAUTHENTICATED'
      const status = unauthenticated ? 401 : error instanceof TooLarge ? 413 : 500
      const message = status === 500 ? 'something went wrong on our side' : (error as Error).message
      const code = unauthenticated ? 'UNAUTHENTICATED' : status === 413 ? 'BAD_USER_INPUT' : 'INTERNAL'
      if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }))
    })
  })
}

async function answer<Client>(
  parts: HttpParts<Client>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://subgraph')
  if (url.pathname !== '/graphql') {
    response.writeHead(404).end()
    return
  }
  const identity = parts.identify(request.headers)
  const body = await readBody(request)
  const { requestId, tenantId } = identity
  const span = { kind: 'server', parent: header(request, 'traceparent') ?? null } as const
  await withContext({ requestId, tenantId, actor: identity.account }, () =>
    parts.tracing.span(`graphql ${parts.name}`, span, (traceparent) =>
      execute(parts, request, response, { url, body, identity, traceparent }),
    ),
  )
}

async function execute<Client>(
  parts: HttpParts<Client>,
  request: IncomingMessage,
  response: ServerResponse,
  { url, body, identity, traceparent }: { url: URL; body: unknown; identity: Identity; traceparent: string },
): Promise<void> {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  const result = await parts.apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method ?? 'GET', headers, search: url.search, body },
    context: async () => parts.context(identity, traceparent),
  })
  for (const [name, value] of result.headers) response.setHeader(name, value)
  response.writeHead(result.status ?? 200)
  if (result.body.kind === 'complete') response.end(result.body.string)
  else {
    for await (const chunk of result.body.asyncIterator) response.write(chunk)
    response.end()
  }
}

class TooLarge extends Error {}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= bodyAtMostBytes) chunks.push(chunk)
    else if (bytes > discardedAtMostBytes) break
  }
  if (bytes > bodyAtMostBytes) throw new TooLarge(`the body is larger than ${bodyAtMostBytes} bytes: send less at once`)
  if (bytes === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    return {} // Apollo Server answers it: no query was given
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}
