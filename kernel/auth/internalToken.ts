import { z } from 'zod'
import type { PrivateJwk, PublicJwks } from '../config/index.ts'
import { requestIdOf } from '../telemetry/index.ts'
import { cacheOfTokens } from './cache.ts'
import { bearerToken, type Headers, type Identity, type OnBehalfOf, unauthenticated } from './identity.ts'
import { jwsSigner, jwsVerifier } from './jws.ts'

/** The services that may call a subgraph. */
export type Service = 'gateway' | 'saga-worker'

const SERVICES = ['gateway', 'saga-worker'] as const
const AUDIENCE = 'steinmetz-subgraphs'
const TYPE = 'steinmetz-internal+jwt'
const MAX_LIFETIME_SECONDS = 60
// Clocks of two machines differ a little; more than this is a fault to be seen.
const TOLERANCE_SECONDS = 5

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.enum(SERVICES),
  aud: z.literal(AUDIENCE),
  tenant: z.guid(),
  scope: z.string(),
  on_behalf_of: z.object({
    person: z.string().min(1),
    account: z.string().min(1),
    session: z.string(),
    address: z.string(),
  }),
  iat: z.number(),
  exp: z.number(),
})

/**
 * Signs the tokens by which a service calls subgraphs on behalf of a person. A token lives 60 s and may
 * serve every call of one request. The key's `kid` must begin with the service's name.
 */
export function internalTokenSigner(options: { key: PrivateJwk; service: Service; now?: () => Date }) {
  const { key, service, now = () => new Date() } = options
  const signed = jwsSigner(key, TYPE)
  return {
    sign(call: { tenantId: string; scopes: Iterable<string>; onBehalfOf: OnBehalfOf }): string {
      const iat = Math.floor(now().getTime() / 1000)
      const { person, account, session, address } = call.onBehalfOf
      return signed({
        iss: `steinmetz:${service}`,
        sub: service,
        aud: AUDIENCE,
        tenant: call.tenantId,
        scope: [...call.scopes].join(' '),
        on_behalf_of: { person, account, session, address },
        iat,
        exp: iat + MAX_LIFETIME_SECONDS,
      })
    },
  }
}

/**
 * Tells who asks a subgraph, from the headers of the request. Refuses with UNAUTHENTICATED a request
 * without a token, and a token that is malformed, expired, made for more than 60 s, meant for somebody
 * else, or signed by a key that is not that of the service it names.
 */
export function internalTokenVerifier(jwks: PublicJwks, options: { now?: () => Date } = {}) {
  const { now = () => new Date() } = options
  const verified = jwsVerifier(jwks, TYPE)
  // One request makes several calls with one token.
  const known = cacheOfTokens<Omit<Identity, 'requestId'>>({ size: 1_000 })

  return {
    verify(headers: Headers): Identity {
      const token = bearerToken(headers)
      const seconds = now().getTime() / 1000
      const requestId = requestIdOf(headers['x-request-id'])
      const before = known.get(token, seconds)
      if (before) return { ...before, requestId }
      const claims = claimsOf(token, seconds)
      const caller = {
        ...claims.on_behalf_of,
        service: claims.sub,
        tenantId: claims.tenant,
        scopes: new Set(claims.scope.split(' ').filter(Boolean)),
      }
      known.set(token, caller, claims.exp + TOLERANCE_SECONDS)
      return { ...caller, requestId }
    },
  }

  function claimsOf(token: string, seconds: number) {
    const jws = verified(token)
    if (!jws) throw unauthenticated('the internal token is not signed by a service of this platform')
    const read = claimsSchema.safeParse(jws.payload)
    if (!read.success) throw unauthenticated('the internal token lacks a claim or is not meant for subgraphs')
    const { iss, sub, iat, exp } = read.data
    if (iss !== `steinmetz:${sub}` || !belongsTo(jws.keyId, sub))
      throw unauthenticated('the internal token is not signed by the service it names')
    if (exp - iat > MAX_LIFETIME_SECONDS) throw unauthenticated('the internal token is made for more than 60 s')
    if (iat > seconds + TOLERANCE_SECONDS) throw unauthenticated('the internal token is not valid yet')
    if (exp + TOLERANCE_SECONDS <= seconds) throw unauthenticated('the internal token has expired')
    return read.data
  }
}

function belongsTo(keyId: string, service: Service): boolean {
  return keyId === service || keyId.startsWith(`${service}-`)
}
