import { EventEmitter, on, once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type Identity, internalTokenSigner, internalTokenVerifier } from '@steinmetz/kernel/auth'
import type { Environment, Running } from '@steinmetz/kernel/config'
import { type ExecutionResult, execute, parse, subscribe } from 'graphql'
import { type Client, createClient } from 'graphql-ws'
import { useServer as serveSockets } from 'graphql-ws/use/ws'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import WebSocket, { WebSocketServer } from 'ws'
import { composeSubgraphs } from '../compose.ts'
import { start } from '../main.ts'

// What the gateway's tests stand on: an issuer and two small subgraphs, all real, on real sockets.

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@inaccessible", "@policy", "@requiresScopes"])'

export const hrSdl = `${link}
  type Query {
    employee(id: ID!): Employee
    team(first: Int = 10): [Employee!]!
    slow: String
    broken: String @requiresScopes(scopes: [["hr:read"]])
  }
  type Mutation { hire(idempotencyKey: ID!): Employee! }
  type Employee @key(fields: "id") {
    id: ID!
    name: String!
    secret: String @inaccessible
    pay: Int @requiresScopes(scopes: [["hr:pay"]])
    pin: Int! @policy(policies: [["payroll-office"]])
  }`

export const approvalsSdl = `${link}
  type Query { awaitingCount: Int! }
  type Mutation { approve(idempotencyKey: ID!): Boolean! }
  type Subscription { awaiting(after: Int): Awaiting!, forbidden: Int }
  type Awaiting { cursor: Int!, subject: Employee! }
  type Employee @key(fields: "id", resolvable: false) { id: ID! }`

/** A call as a subgraph saw it. */
export type Seen = { headers: NodeJS.Dict<string | string[]>; query: string; identity: Identity; token: JWTPayload }
export type TestSubgraph = { url: string; seen: Seen[]; live: EventEmitter; held: EventEmitter; stop(): Promise<void> }

type Modules = Extract<Parameters<typeof buildSubgraphSchema>[0], readonly unknown[]>

const keys = await generateKeyPair('Ed25519', { extractable: true })
const signingKey = { ...(await exportJWK(keys.privateKey)), kid: 'gateway-1' }
const verifier = internalTokenVerifier({
  keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'gateway-1' }],
} as Parameters<typeof internalTokenVerifier>[0])

/** The `authorization` by which a gateway calls the subgraphs of this file. */
export function internalAuthorization(): string {
  const key = signingKey as Parameters<typeof internalTokenSigner>[0]['key']
  const onBehalfOf = { person: 'p-1', account: 'a-1', session: 's-1', address: '127.0.0.1' }
  const tenantId = '6f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11'
  return `Bearer ${internalTokenSigner({ key, service: 'gateway' }).sign({ tenantId, scopes: [], onBehalfOf })}`
}

/** The subgraph hr: employees by id; `slow` answers when `held` emits `release`. */
export function startHr(): Promise<TestSubgraph> {
  const employee = (id: string) => ({ __typename: 'Employee', id, name: `Employee ${id}`, pay: 4_200, pin: 1_234 })
  return startSubgraph(hrSdl, ({ held }) => ({
    Query: {
      employee: (_: unknown, { id }: { id: string }) => employee(id),
      team: (_: unknown, { first }: { first: number }) =>
        Array.from({ length: Math.min(first, 3) }, (_, at) => employee(String(at))),
      slow: () => {
        held.emit('holding')
        return once(held, 'release').then(() => 'at last')
      },
      broken: () => {
        throw new Error('connection to 10.0.0.7 lost')
      },
    },
    Mutation: { hire: () => employee('new') },
    Employee: { __resolveReference: ({ id }: { id: string }) => employee(id) },
  }))
}

/** The subgraph approvals: what `live` emits as `awaiting` is an event of its subscription. */
export function startApprovals(): Promise<TestSubgraph> {
  return startSubgraph(approvalsSdl, ({ live }) => ({
    Query: { awaitingCount: () => 1 },
    Mutation: { approve: () => true },
    Subscription: {
      awaiting: {
        subscribe: (
          _: unknown,
          { after = 0 }: { after?: number },
          __: unknown,
          { signal }: { signal?: AbortSignal },
        ) => {
          live.emit('subscribed', after)
          return on(live, 'awaiting', signal ? { signal } : {})
        },
        resolve: ([event]: unknown[]) => event,
      },
      forbidden: {
        subscribe: () => {
          throw new Error('approvals:decide is needed')
        },
      },
    },
  }))
}

async function startSubgraph(
  sdl: string,
  resolversOf: (hooks: { live: EventEmitter; held: EventEmitter }) => object,
): Promise<TestSubgraph> {
  const [live, held] = [new EventEmitter(), new EventEmitter()]
  const seen: Seen[] = []
  const keysSeen = new Set<unknown>()
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolversOf({ live, held }) }] as Modules)
  const server = createServer(async (request, response) => {
    if (request.url !== '/graphql') return response.end('<html>')
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
    const identity = identityOf(request.headers)
    if (!identity) return response.writeHead(401).end('{}')
    seen.push({ headers: request.headers, query, identity, token: payloadOf(request.headers.authorization) })
    const key = /idempotencyKey:"(\w+)"/.exec(query)?.[1]
    const replayed = key !== undefined && keysSeen.has(key)
    keysSeen.add(key)
    const result = await execute({ schema, document: parse(query), variableValues: variables })
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-served-by': identity.tenantId.slice(0, 4),
      'set-cookie': 'of=the-subgraph',
      ...(replayed && { 'idempotent-replayed': 'true' }),
    })
    response.end(JSON.stringify(result))
  })
  const sockets = new WebSocketServer({ server, path: '/graphql' })
  serveSockets(
    {
      schema,
      execute,
      subscribe,
      onConnect: ({ connectionParams = {} }) => {
        const headers = connectionParams as Record<string, string>
        seen.push({ headers, query: '', identity: verifier.verify(headers), token: payloadOf(headers.authorization) })
      },
      onDisconnect: () => void live.emit('left'),
    },
    sockets,
  )
  const url = await listening(server)
  return {
    url: `${url}/graphql`,
    seen,
    live,
    held,
    async stop() {
      for (const client of sockets.clients) client.terminate()
      sockets.close()
      await closed(server)
    },
  }
}

function identityOf(headers: Parameters<typeof verifier.verify>[0]): Identity | undefined {
  try {
    return verifier.verify(headers)
  } catch {
    return undefined
  }
}

function payloadOf(authorization = ''): JWTPayload {
  return JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString())
}

/** An issuer of users' tokens with one key. */
export async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'issuer-1', alg: 'RS256' }
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })))
  const url = await listening(server)
  const claims = {
    person: 'p-1',
    tenant: '6f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11',
    sid: 's-1',
    scope: 'hr:read hr:write',
  }
  return {
    url,
    /** A token of the account a-1, good for ten minutes unless the claims say otherwise. */
    token: (given: JWTPayload = {}) =>
      new SignJWT({ iss: url, aud: 'erp-steinmetz', sub: 'a-1', ...claims, ...given })
        .setProtectedHeader({ alg: 'RS256', kid: 'issuer-1' })
        .setIssuedAt()
        .setNotBefore('0s')
        .setExpirationTime(given.exp ?? '10m')
        .sign(privateKey),
    stop: () => closed(server),
  }
}

export type Testbed = {
  hr: TestSubgraph
  approvals: TestSubgraph
  issuer: Awaited<ReturnType<typeof startIssuer>>
  folder: string
  gateway: Running
  token: string
  stop(): Promise<void>
}

/** A gateway before the two subgraphs. `env` is laid over its environment; it may need to know what stands already. */
export async function startTestbed(
  env: (bed: Omit<Testbed, 'gateway' | 'stop'>) => Environment | Promise<Environment> = () => ({}),
): Promise<Testbed> {
  const [hr, approvals, issuer] = await Promise.all([startHr(), startApprovals(), startIssuer()])
  const folder = await mkdtemp(join(tmpdir(), 'gateway-'))
  const supergraph = join(folder, 'supergraph.graphql')
  const subgraphs = [
    { name: 'approvals', sdl: approvalsSdl, url: '' },
    { name: 'hr', sdl: hrSdl, url: 'http://127.0.0.1:1/replaced-by-configuration' },
  ]
  await writeFile(supergraph, composeSubgraphs(subgraphs))
  const parts = { hr, approvals, issuer, folder, token: await issuer.token() }
  const gateway = await start({
    PORT: '0',
    LOG_LEVEL: 'silent',
    NODE_ENV: 'development',
    // What an operation costs is tested where that is the matter; elsewhere answers are compared whole.
    COST_TOLD: 'false',
    ISSUER_URL: issuer.url,
    INTERNAL_SIGNING_KEY: JSON.stringify(signingKey),
    SUPERGRAPH: supergraph,
    SUBGRAPH_URLS: JSON.stringify({ hr: hr.url, approvals: approvals.url }),
    ...(await env(parts)),
  })
  return {
    ...parts,
    gateway,
    async stop() {
      hr.held.emit('release')
      await gateway.stop()
      await Promise.all([hr.stop(), approvals.stop(), issuer.stop(), rm(folder, { recursive: true, force: true })])
    },
  }
}

/** Asks the gateway by POST, as its caller unless the headers say otherwise. */
export async function ask(bed: Testbed, query: string, headers: Record<string, string> = {}, variables?: object) {
  const response = await fetch(`${bed.gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bed.token}`, ...headers },
    body: JSON.stringify({ query, ...(variables && { variables }) }),
  })
  const body = (await response.json()) as ExecutionResult
  return { status: response.status, headers: response.headers, body, reason: body.errors?.[0]?.extensions?.reason }
}

/** A subscriber at the gateway's WebSocket. */
export function socketClient(bed: Testbed, token: string = bed.token): Client {
  return createClient({
    url: `${bed.gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  })
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
