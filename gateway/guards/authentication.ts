import { bearerToken, type Headers, type UserClaims } from '@steinmetz/kernel/auth'
import { Fault, Refusal } from '@steinmetz/kernel/errors'
import { Denied } from './denied.ts'

/** Who asks, by which token, and from which address. */
export type Caller = UserClaims & { token: string; address: string }

/** Verifies a user's token. Throws the Refusal UNAUTHENTICATED, or the Fault ISSUER_UNREACHABLE. */
export type TokenVerifier = { verify(token: string): Promise<UserClaims> }

/**
 * Tells who sends these headers, or denies: 401 UNAUTHENTICATED without a valid bearer token, 503 UNAVAILABLE when
 * the issuer's keys cannot be had.
 */
export async function authenticate(headers: Headers, address: string, verifier: TokenVerifier): Promise<Caller> {
  try {
    const token = bearerToken(headers)
    return { ...(await verifier.verify(token)), token, address }
  } catch (error) {
    throw denied(error)
  }
}

function denied(error: unknown): unknown {
  if (error instanceof Fault) {
    return new Denied(503, 'UNAVAILABLE', error.code, error.message, { 'retry-after': '5' })
  }
  return error instanceof Refusal ? unauthenticatedCaller(error.message) : error
}

/** The denial of a request of which nobody knows who sent it. */
export function unauthenticatedCaller(message = 'a token is needed: send the header authorization: Bearer <token>') {
  return new Denied(401, 'UNAUTHENTICATED', 'TOKEN_INVALID', message, { 'www-authenticate': 'Bearer' })
}

/**
 * The address a request came from. Each of our own proxies appends the address it was called from to
 * `x-forwarded-for`; what stands left of those entries was written by the client and proves nothing.
 */
export function addressOf(headers: Headers, peer: string | undefined, trustedProxies: number): string {
  const header = headers['x-forwarded-for']
  const forwarded = typeof header === 'string' ? header.split(',').map((part) => part.trim()) : []
  const told = trustedProxies > 0 ? forwarded.at(-trustedProxies) : undefined
  return (told || peer || 'unknown').replace(/^::ffff:/, '')
}
