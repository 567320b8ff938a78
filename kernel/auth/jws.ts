import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import type { PrivateJwk, PublicJwks } from '../config/index.ts'

/**
 * Signs values as compact JWS (RFC 7515) by Ed25519 (RFC 8037). `type` is what the signature is for: a
 * verifier takes no other, so that a token never passes for an approval. Synchronous: a signature takes
 * less time than a trip to the thread pool.
 */
export function jwsSigner(jwk: PrivateJwk, type: string): (payload: object) => string {
  const key = createPrivateKey({ key: jwk, format: 'jwk' })
  const header = encode({ alg: 'EdDSA', kid: jwk.kid, typ: type })
  return (payload) => {
    const signed = `${header}.${encode(payload)}`
    return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
  }
}

/**
 * Verifies what jwsSigner signed. Answers the payload, still to be parsed, and the id of the key, or
 * undefined when the text is not a JWS of this type by one of the keys. The algorithm is pinned: what the
 * header says is compared, never obeyed.
 */
export function jwsVerifier(
  jwks: PublicJwks,
  type: string,
): (jws: string) => { keyId: string; payload: unknown } | undefined {
  const keys = new Map(jwks.keys.map((key) => [key.kid, createPublicKey({ key, format: 'jwk' })]))
  return (jws) => {
    const [header, payload, signature, ...more] = jws.split('.')
    if (!header || !payload || !signature || more.length > 0) return undefined
    const said = decode(header)
    if (said?.alg !== 'EdDSA' || said.typ !== type || 'crit' in said || typeof said.kid !== 'string') return undefined
    const key = keys.get(said.kid)
    const bytes = Buffer.from(signature, 'base64url')
    // A second spelling of the same bytes is refused, so that a signed text has one form only.
    if (!key || bytes.toString('base64url') !== signature) return undefined
    if (!verify(null, Buffer.from(`${header}.${payload}`), key, bytes)) return undefined
    return { keyId: said.kid, payload: decode(payload) }
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
