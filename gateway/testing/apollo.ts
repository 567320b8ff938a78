import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { ApolloServer } from '@apollo/server'
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace'
import { startStandaloneServer } from '@apollo/server/standalone'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { Report } from '@apollo/usage-reporting-protobuf'
import { buildSchema, graphql, parse } from 'graphql'

// Apollo's services as far as a gateway speaks with them: Uplink as it describes itself, and the ingress of reports.

const uplinkSchema = buildSchema(`
  type Query { routerConfig(ref: String!, apiKey: String!, ifAfterId: ID): RouterConfigResponse! }
  union RouterConfigResponse = RouterConfigResult | Unchanged | FetchError
  type RouterConfigResult { id: ID!, supergraphSDL: String!, messages: [Message!]!, minDelaySeconds: Float! }
  type Unchanged { id: ID!, minDelaySeconds: Float! }
  type FetchError { code: FetchErrorCode!, message: String!, minDelaySeconds: Float! }
  type Message { level: MessageLevel!, body: String! }
  enum MessageLevel { ERROR, INFO, WARN }
  enum FetchErrorCode {
    ACCESS_DENIED, AUTHENTICATION_FAILED, NOT_IMPLEMENTED_ON_THIS_INSTANCE, RETRY_LATER, UNKNOWN_REF
  }`)

type Asked = { ref: string; apiKey: string; ifAfterId?: string | null }

/**
 * A supergraph is replaced by setting it; `isAway` makes it answer 503, without a word of GraphQL, `isSilent` nothing
 * at all; `redirect` sends it elsewhere, and `answer` is what it says in place of its own.
 */
export type Uplink = {
  url: string
  key: string
  supergraph: string
  isAway: boolean
  isSilent: boolean
  redirect?: string
  answer?: string
  polls: number
  stop(): Promise<void>
}

export async function startUplink(supergraph: string): Promise<Uplink> {
  const delays = { minDelaySeconds: 0.05 }
  const routerConfig = ({ ref, apiKey, ifAfterId }: Asked) => {
    uplink.polls += 1
    // As unkind as a server can be: it repeats the key it was given.
    const failure = { __typename: 'FetchError', code: 'AUTHENTICATION_FAILED', message: `bad key ${apiKey}`, ...delays }
    if (apiKey !== uplink.key || ref !== 'erp@test') return failure
    const id = hash('sha256', uplink.supergraph)
    if (ifAfterId === id) return { __typename: 'Unchanged', id, ...delays }
    const supergraphSDL = uplink.supergraph
    return { __typename: 'RouterConfigResult', id, supergraphSDL, messages: [], ...delays }
  }
  const server = await serve(async (body) => {
    if (uplink.isSilent) {
      uplink.polls += 1
      await new Promise(() => {})
    }
    if (uplink.isAway) return { status: 503, body: 'away' }
    if (uplink.redirect) return { status: 307, body: '', location: uplink.redirect }
    if (uplink.answer) return { status: 200, body: uplink.answer }
    const { query, variables } = JSON.parse(body.toString())
    const answer = await graphql({
      schema: uplinkSchema,
      source: query,
      variableValues: variables,
      rootValue: { routerConfig },
    })
    return { status: 200, body: JSON.stringify(answer) }
  })
  const uplink: Uplink = { ...server, key: testKey, supergraph, isAway: false, isSilent: false, polls: 0 }
  return uplink
}

/** A key as Studio makes them, of a graph that is not there. */
export const testKey = 'service:erp:Zx81-only-for-tests'

/** `reports` holds each report as the protobuf format says it; `status` is what it answers, `redirect` sends it away. */
export type Ingress = {
  url: string
  reports: Report[]
  keys: Set<unknown>
  status: number
  redirect?: string
  stop(): Promise<void>
}

export async function startIngress(): Promise<Ingress> {
  const server = await serve(async (body, headers, path) => {
    if (path !== '/api/ingress/traces' || headers['content-encoding'] !== 'gzip') return { status: 404, body: '' }
    ingress.keys.add(headers['x-api-key'])
    if (ingress.status === 200) ingress.reports.push(Report.decode(gunzipSync(body)))
    const location = ingress.redirect && ingress.redirect + path
    return { status: ingress.status, body: `{"of":"${headers['x-api-key']}"}`, ...(location && { location }) }
  })
  const ingress: Ingress = { ...server, reports: [], keys: new Set(), status: 200 }
  return ingress
}

type Answerer = (
  body: Buffer,
  headers: NodeJS.Dict<string | string[]>,
  path: string | undefined,
) => Promise<{ status: number; body: string; location?: string }>

async function serve(answer: Answerer) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { status, body, location } = await answer(Buffer.concat(chunks), request.headers, request.url)
    response.writeHead(status, { 'content-type': 'application/json', ...(location && { location }) }).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Modules = Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>

/**
 * A subgraph on Apollo Server that answers traces to whoever asks for them, with the words of its errors. `traced` holds
 * by which word each of its requests asked for one.
 */
export async function startTracingSubgraph(sdl: string, resolvers: object) {
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }] as Modules)
  const plugins = [ApolloServerPluginInlineTrace({ includeErrors: { unmodified: true } })]
  const apollo = new ApolloServer({ schema, plugins, stopOnTerminationSignals: false })
  const traced: unknown[] = []
  const { url } = await startStandaloneServer(apollo, {
    listen: { host: '127.0.0.1', port: 0 },
    async context({ req }) {
      traced.push(req.headers['apollo-federation-include-trace'])
      return {}
    },
  })
  return { url, traced, stop: () => apollo.stop() }
}
