import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { type Approval, approvalSigner } from '@steinmetz/kernel/attestation'
import { internalTokenSigner, type OnBehalfOf } from '@steinmetz/kernel/auth'
import type { Environment, PrivateJwk, Running } from '@steinmetz/kernel/config'
import { createClient } from 'graphql-ws'
import pg from 'pg'
import WebSocket from 'ws'
import { type TestDatabase, testDatabase } from './database.ts'

/** Who asks a subgraph in a test. */
export type Caller = {
  readonly tenantId?: string
  readonly person?: string
  readonly account?: string
  readonly scopes: readonly string[]
  /** Default: the gateway, for a user. The saga worker may send what is @inaccessible. */
  readonly service?: 'gateway' | 'saga-worker'
}

export type GraphQLAnswer = {
  readonly status: number
  readonly replayed: boolean
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
  readonly data: any
  readonly errors: readonly { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

export type TestSubgraph = {
  readonly url: string
  readonly database: TestDatabase
  /** The tenant of callers that name none. */
  readonly tenantId: string
  readonly token: (caller: Caller) => string
  readonly ask: (caller: Caller, query: string, variables?: object) => Promise<GraphQLAnswer>
  /** Subscribes; each `next()` gives the data of the next event, or throws its error. */
  readonly listen: (caller: Caller, query: string, variables?: Record<string, unknown>) => Listening
  /** An approval as the approvals domain signs it. */
  readonly attest: (approval: Partial<Approval> & Pick<Approval, 'policy' | 'subjectId' | 'contentHash'>) => string
  /** Runs SQL past row-level security, to look behind the scenes. */
  readonly sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
  readonly stop: () => Promise<void>
}

export type Listening = {
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
  readonly next: () => Promise<any>
  readonly close: () => Promise<void>
}

const tenantOfTests = '11111111-1111-4111-8111-111111111111'

/**
 * Starts a domain's subgraph as production does, on a database of its own and a free port, and speaks to it
 * as the gateway or the saga worker does.
 */
export async function testSubgraph(
  start: (env: Environment) => Promise<Running>,
  domain: string,
  more: Environment = {},
): Promise<TestSubgraph> {
  const keys = { gateway: newKey('gateway'), worker: newKey('saga-worker'), approvals: newKey('approvals') }
  const database = await testDatabase(domain)
  const running = await start({
    PORT: '0',
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    DATABASE_URL: database.serviceUrl,
    INTERNAL_JWKS: JSON.stringify({ keys: [publicOf(keys.gateway), publicOf(keys.worker)] }),
    APPROVALS_JWKS: JSON.stringify({ keys: [publicOf(keys.approvals)] }),
    APPROVALS_SIGNING_KEY: JSON.stringify(keys.approvals),
    PERSONAL_DATA_KEY: randomBytes(32).toString('base64'),
    ...more,
  })
  const signers = {
    gateway: internalTokenSigner({ key: keys.gateway, service: 'gateway' }),
    'saga-worker': internalTokenSigner({ key: keys.worker, service: 'saga-worker' }),
  }
  const token = ({ tenantId = tenantOfTests, scopes, service = 'gateway', ...caller }: Caller) =>
    signers[service].sign({ tenantId, scopes, onBehalfOf: onBehalfOf(caller) })
  const attest = approvalSigner(keys.approvals)

  return {
    url: running.url,
    database,
    tenantId: tenantOfTests,
    token,
    ask: (caller, query, variables) => ask(`${running.url}/graphql`, token(caller), query, variables),
    listen: (caller, query, variables) => listen(running.url, token(caller), query, variables),
    attest: (approval) =>
      attest({
        tenantId: tenantOfTests,
        policyVersion: 1,
        subjectType: 'Employee',
        deciders: [{ person: 'second-person', at: new Date() }],
        requestId: randomUUID(),
        decidedAt: new Date(),
        expiresAt: new Date(Date.now() + 3_600_000),
        ...approval,
      }),
    sql: (text, values) => sqlBehindTheScenes(database.superuserUrl, text, values),
    async stop() {
      await running.stop()
      await database.drop()
    },
  }
}

/** A new Ed25519 key by which a service of a test signs. */
export function newKey(kid: string): PrivateJwk {
  const { kty, crv, x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { kty, crv, x, d, kid } as PrivateJwk
}

export function publicOf({ d, ...key }: PrivateJwk) {
  return key
}

function onBehalfOf({ person = 'first-person', account = `account-of-${person}` }: Partial<OnBehalfOf>): OnBehalfOf {
  return { person, account, session: 'session-of-a-test', address: '127.0.0.1' }
}

async function ask(url: string, token: string, query: string, variables: object = {}): Promise<GraphQLAnswer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors = [] } = (await response.json()) as Partial<GraphQLAnswer>
  return { status: response.status, replayed: response.headers.get('idempotent-replayed') === 'true', data, errors }
}

function listen(url: string, token: string, query: string, variables: Record<string, unknown> = {}): Listening {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  })
  const events = client.iterate({ query, variables })
  return {
    async next() {
      const { value } = await events.next()
      const [error] = value?.errors ?? []
      if (error) throw new Error(error.message)
      return value?.data
    },
    async close() {
      await events.return?.()
      await client.dispose()
    },
  }
}

async function sqlBehindTheScenes(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}
