import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { Fault, fault } from '../errors/index.ts'
import { cacheOfTokens } from './cache.ts'
import { unauthenticated } from './identity.ts'

/** What a user's token says: who asks, through which account and session, for which tenant, with which rights. */
export type UserClaims = Readonly<{
  person: string
  account: string
  session: string
  tenantId: string
  scopes: ReadonlySet<string>
  expiresAt: Date
}>

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA']
const TOLERANCE_SECONDS = 5
// How long a verified token is believed without another look: a withdrawn key is noticed that late.
const REMEMBER_SECONDS = 60
const REMEMBERED = 5_000
const FETCH_TIMEOUT_MS = 3_000
// An unknown key id makes us ask the issuer again, but not more often than this.
const COOL_DOWN_MS = 30_000
const KEYS_MAX_AGE_MS = 600_000

const id = z.string().regex(/^[A-Za-z0-9._:|@-]{1,128}$/)
const claimsSchema = z.object({
  sub: id,
  person: id,
  tenant: z.guid(),
  sid: id,
  scope: z.string().default(''),
  exp: z.number(),
})

/**
 * Verifies users' tokens against the issuer's keys (RS256, ES256 or EdDSA, whatever the token asks for).
 * Issuer, audience, `exp`, `nbf`, `sub`, `person`, `tenant` and `sid` are required. Refuses anything else
 * with UNAUTHENTICATED. While the issuer cannot be reached, the keys fetched last stay good; without any,
 * the Fault ISSUER_UNREACHABLE.
 */
export function userTokenVerifier(options: { issuer: string; audience: string; jwksUrl: string; now?: () => Date }) {
  const { issuer, audience, now = () => new Date() } = options
  const keys = issuerKeys(options.jwksUrl)
  const known = cacheOfTokens<UserClaims>({ size: REMEMBERED })

  return {
    async verify(token: string): Promise<UserClaims> {
      const at = now()
      const seconds = at.getTime() / 1000
      const before = known.get(token, seconds)
      if (before) return before
      const verified = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'nbf', 'sub'],
        clockTolerance: TOLERANCE_SECONDS,
        currentDate: at,
      }).catch((error: unknown) => {
        throw explained(error)
      })
      const claims = parsed(verified.payload)
      known.set(token, claims, Math.min(claims.expiresAt.getTime() / 1000, seconds + REMEMBER_SECONDS))
      return claims
    },
  }
}

function issuerKeys(jwksUrl: string): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: FETCH_TIMEOUT_MS,
    cooldownDuration: COOL_DOWN_MS,
    cacheMaxAge: KEYS_MAX_AGE_MS,
  })
  return async (header, token) => {
    try {
      return await remote(header, token)
    } catch (error) {
      if (isAboutTheToken(error)) throw error
      const last = remote.jwks()
      if (last) return createLocalJWKSet(last)(header, token)
      throw fault('ISSUER_UNREACHABLE', 'the issuer of tokens does not answer with its keys', { cause: error })
    }
  }
}

/** Whether the keys were there and the token named none of them; anything else is the issuer's trouble. */
function isAboutTheToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
}

function parsed(payload: JWTPayload): UserClaims {
  const read = claimsSchema.safeParse(payload)
  if (!read.success) {
    const claims = new Set(read.error.issues.map(({ path }) => String(path[0])))
    throw unauthenticated(`of the token, what is not what it must be: ${[...claims].join(', ')}`)
  }
  const { sub, person, tenant, sid, scope, exp } = read.data
  return {
    person,
    account: sub,
    session: sid,
    tenantId: tenant,
    scopes: new Set(scope.split(' ').filter(Boolean)),
    expiresAt: new Date(exp * 1000),
  }
}

function explained(error: unknown): Error {
  if (error instanceof Fault) return error
  if (error instanceof errors.JWTExpired) return unauthenticated('the token has expired')
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthenticated(`the claim ${error.claim} of the token is missing or not what it must be`)
  return unauthenticated('the token is not one that this issuer signed')
}
