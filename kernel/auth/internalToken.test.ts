import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { PrivateJwk, PublicJwk } from '../config/index.ts'
import { type Headers, internalTokenSigner, internalTokenVerifier, jwsSigner } from './index.ts'

const start = new Date('2026-11-23T12:00:00Z')
const later = (seconds: number) => () => new Date(start.getTime() + seconds * 1000)
const now = later(0)

function keyOf(kid: string): PrivateJwk {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', kid, x, d }
}
const open = ({ kty, crv, kid, x }: PrivateJwk): PublicJwk => ({ kty, crv, kid, x })

const gatewayKey = keyOf('gateway-1')
const workerKey = keyOf('saga-worker-1')
const jwks = { keys: [open(gatewayKey), open(workerKey)] }

const call = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  scopes: ['hr:read', 'hr:write'],
  onBehalfOf: { person: 'person-1', account: 'account-1', session: 'session-1', address: '127.0.0.1' },
}
const claims = {
  iss: 'steinmetz:gateway',
  sub: 'gateway',
  aud: 'steinmetz-subgraphs',
  tenant: call.tenantId,
  scope: 'hr:read',
  on_behalf_of: call.onBehalfOf,
  iat: start.getTime() / 1000,
  exp: start.getTime() / 1000 + 60,
}
const bearing = (token: string): Headers => ({ authorization: `Bearer ${token}`, 'x-request-id': 'request-1' })
const forged = (key: PrivateJwk, changes: object = {}, type = 'steinmetz-internal+jwt') =>
  bearing(jwsSigner(key, type)({ ...claims, ...changes }))

describe('an internal token', () => {
  const signer = internalTokenSigner({ key: gatewayKey, service: 'gateway', now })

  it('tells service, tenant, rights, person and request', () => {
    expect(internalTokenVerifier(jwks, { now }).verify(bearing(signer.sign(call)))).toEqual({
      service: 'gateway',
      tenantId: call.tenantId,
      scopes: new Set(['hr:read', 'hr:write']),
      ...call.onBehalfOf,
      requestId: 'request-1',
    })
  })

  it('serves several calls, each with its own request id', () => {
    const verifier = internalTokenVerifier(jwks, { now })
    const token = signer.sign(call)
    verifier.verify(bearing(token))
    expect(verifier.verify({ authorization: `Bearer ${token}`, 'x-request-id': 'request-2' })).toMatchObject({
      person: 'person-1',
      requestId: 'request-2',
    })
  })

  it('expires after 60 s, also for a verifier that has seen it before', () => {
    let clock = later(0)
    const verifier = internalTokenVerifier(jwks, { now: () => clock() })
    const headers = bearing(signer.sign(call))
    verifier.verify(headers)
    clock = later(64)
    verifier.verify(headers)
    clock = later(65)
    expect(() => verifier.verify(headers)).toThrow('the internal token has expired')
  })

  it.each<[string, Headers, string]>([
    ['is missing', {}, 'a token is needed'],
    ['comes in another scheme', { authorization: 'Basic Z2F0ZXdheTo=' }, 'a token is needed'],
    ['is longer than any token', bearing('x'.repeat(9_000)), 'the token is too long'],
    ['is no JWS', bearing('one.two.three'), 'not signed by a service'],
    ['is signed by a stranger', forged(keyOf('gateway-1')), 'not signed by a service'],
    ['is signed for another purpose', forged(gatewayKey, {}, 'steinmetz-approval'), 'not signed by a service'],
    ['names another service than its key', forged(workerKey), 'not signed by the service it names'],
    [
      'names another issuer than its service',
      forged(gatewayKey, { iss: 'steinmetz:saga-worker' }),
      'not signed by the service it names',
    ],
    ['is meant for somebody else', forged(gatewayKey, { aud: 'erp-steinmetz' }), 'not meant for subgraphs'],
    ['names an unknown service', forged(gatewayKey, { sub: 'hr' }), 'lacks a claim'],
    ['names no person', forged(gatewayKey, { on_behalf_of: undefined }), 'lacks a claim'],
    ['lives longer than 60 s', forged(gatewayKey, { exp: claims.iat + 61 }), 'more than 60 s'],
    ['comes from the future', forged(gatewayKey, { iat: claims.iat + 6, exp: claims.exp + 6 }), 'not valid yet'],
  ])('is refused when it %s', (_, headers, message) => {
    expect(() => internalTokenVerifier(jwks, { now }).verify(headers)).toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', message: expect.stringContaining(message) }),
    )
  })

  it('is refused without a signature, whatever algorithm its header names', () => {
    const [, payload, signature] = signer.sign(call).split('.')
    for (const alg of ['none', 'HS256', 'RS256']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'gateway-1', typ: 'steinmetz-internal+jwt' }))
      const token = `${header.toString('base64url')}.${payload}.${alg === 'none' ? '' : signature}`
      expect(() => internalTokenVerifier(jwks, { now }).verify(bearing(token))).toThrow('not signed by a service')
    }
  })

  it('is refused when a single character of it is changed', () => {
    const token = signer.sign(call)
    for (let at = 0; at < token.length; at += 7) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
      expect(() => internalTokenVerifier(jwks, { now }).verify(bearing(changed))).toThrow('internal token')
    }
  })
})
