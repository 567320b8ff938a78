import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Environment, Running } from '@steinmetz/kernel/config'
import { calculateJwkThumbprint, SignJWT } from 'jose'
import { personOf, type Role, roleScopes, roles, type TenantName, tenants } from './people.ts'
import type { Secrets } from './secrets.ts'

/** Whom a token is for: the person of a demo role, or whoever the claims say, which win over the role's. */
export type TokenWish = {
  role?: Role
  tenant?: TenantName
  claims?: Partial<TokenClaims>
  /** Default twelve hours, so that a token printed in the morning lasts the day. */
  lifetimeSeconds?: number
}

export type TokenClaims = { sub: string; person: string; tenant: string; sid: string; scope: string }

export type Issuer = Running & {
  jwksUrl: string
  mintToken(wish: TokenWish): Promise<string>
}

export type IssuerOptions = {
  port: number
  secrets: Secrets
  env: Environment
  /** A certificate for 127.0.0.1, in PEM: the issuer then speaks https. */
  tls?: { key: string; cert: string }
}

/** Whom the tokens are for. */
export const audience = 'erp-steinmetz'

const host = '127.0.0.1'
const printedTokenSeconds = 12 * 60 * 60
const requestedTokenSeconds = 60 * 60
const formLimitBytes = 8_192
const algorithm = 'EdDSA'
/** A grant of our own, for trials: whoever can reach loopback may be any demo role. */
const demoGrant = 'urn:steinmetz:demo-role'

/**
 * Starts an issuer of users' tokens for development: discovery, keys and a token endpoint on loopback. It
 * gives anybody a token for any demo role, hence refuses to start where NODE_ENV is production. The signing
 * key is made once per data folder, so tokens survive a restart.
 */
export async function startIssuer({ port, secrets, env, tls }: IssuerOptions): Promise<Issuer> {
  if (env.NODE_ENV === 'production')
    throw new Error('the development issuer gives anybody a token and must not run where NODE_ENV is production')
  const key = await signingKey(secrets)
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => send(response, 500, { error: 'server_error' }))
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  const listening = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
  const url = `${tls ? 'https' : 'http'}://${host}:${listening}`
  const mintToken = (wish: TokenWish) => mint(wish, { key, issuer: url })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Another name for this address would be a web page that had its own name point here.
    if (!isLoopback(request.headers.host)) return send(response, 403, { error: 'forbidden' })
    const path = new URL(request.url ?? '/', url).pathname
    if (request.method === 'GET' && path in documents) return send(response, 200, documents[path])
    if (path !== '/token') return send(response, 404, { error: 'not_found' })
    if (request.method !== 'POST') return send(response, 405, { error: 'method_not_allowed' })
    const granted = await grant(new URLSearchParams(await readForm(request)), request.headers.authorization, secrets)
    if ('error' in granted) return send(response, granted.error === 'invalid_client' ? 401 : 400, granted)
    const token = await mintToken({ ...granted, lifetimeSeconds: requestedTokenSeconds })
    send(response, 200, { access_token: token, token_type: 'Bearer', expires_in: requestedTokenSeconds })
  }

  const jwks = { keys: [key.public] }
  const documents: Readonly<Record<string, unknown>> = {
    '/.well-known/openid-configuration': discovery(url),
    '/.well-known/jwks.json': jwks,
    '/jwks': jwks,
    '/readyz': { status: 'pass' },
  }
  return {
    url,
    jwksUrl: `${url}/jwks`,
    mintToken,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}

function discovery(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks`,
    token_endpoint: `${issuer}/token`,
    grant_types_supported: ['client_credentials', demoGrant],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    id_token_signing_alg_values_supported: [algorithm],
    response_types_supported: [],
    subject_types_supported: ['public'],
    scopes_supported: [...new Set(Object.values(roleScopes).flat())],
  }
}

type SigningKey = { kid: string; private: ReturnType<typeof createPrivateKey>; public: Record<string, unknown> }

async function signingKey(secrets: Secrets): Promise<SigningKey> {
  const pem = await secrets.get('issuer', () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const privateKey = createPrivateKey(pem)
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = await calculateJwkThumbprint(jwk)
  return { kid, private: privateKey, public: { ...jwk, kid, alg: algorithm, use: 'sig' } }
}

function mint(
  { role, tenant, claims = {}, lifetimeSeconds = printedTokenSeconds }: TokenWish,
  { key, issuer }: { key: SigningKey; issuer: string },
): Promise<string> {
  const given = { ...(role ? claimsOf(role, tenant) : {}), sid: randomUUID(), ...claims }
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT(given)
    .setProtectedHeader({ alg: algorithm, kid: key.kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(now + lifetimeSeconds)
    .setJti(randomUUID())
    .sign(key.private)
}

function claimsOf(role: Role, tenant: TenantName | undefined) {
  const { account, ...who } = personOf(role, tenant)
  return { ...who, sub: account, scope: roleScopes[role].join(' ') }
}

type Granted = { role: Role; tenant: TenantName } | { error: string; error_description?: string }

/**
 * Decides a token request (RFC 6749, 4.4): a client is called like the role it gets, and its secret stands
 * in the data folder. The demo grant asks for no secret.
 */
async function grant(form: URLSearchParams, authorization: string | undefined, secrets: Secrets): Promise<Granted> {
  const grantType = form.get('grant_type')
  const tenant = form.get('tenant') ?? 'steinmetz'
  if (!isTenant(tenant)) return invalid(`tenant is one of ${Object.keys(tenants).join(', ')}`)
  if (grantType === demoGrant) {
    const role = form.get('role')
    return isRole(role) ? { role, tenant } : invalid(`role is one of ${roles.join(', ')}`)
  }
  if (grantType !== 'client_credentials') return { error: 'unsupported_grant_type' }
  const { id, secret } = clientOf(form, authorization)
  if (!isRole(id) || !same(secret, await clientSecret(secrets, id))) return { error: 'invalid_client' }
  return { role: id, tenant }
}

/** The secret of the client that is called like a role. */
export function clientSecret(secrets: Secrets, role: Role): Promise<string> {
  return secrets.get(`client ${role}`, () => randomBytes(24).toString('base64url'))
}

function clientOf(form: URLSearchParams, authorization: string | undefined): { id: string; secret: string } {
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
  if (!basic) return { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  const [id = '', ...secret] = Buffer.from(basic, 'base64').toString('utf8').split(':')
  return { id, secret: secret.join(':') }
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function invalid(description: string): Granted {
  return { error: 'invalid_request', error_description: description }
}

function isRole(value: string | null): value is Role {
  return value !== null && Object.hasOwn(roleScopes, value)
}

function isTenant(value: string): value is TenantName {
  return Object.hasOwn(tenants, value)
}

function isLoopback(hostHeader: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(hostHeader ?? '')
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > formLimitBytes) return ''
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}
