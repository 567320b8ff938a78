import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { userTokenVerifier } from './index.ts'

const issuer = 'http://issuer.test'
const audience = 'erp-steinmetz'
const start = new Date('2026-11-23T12:00:00Z')
const now = () => start
const tenant = '11111111-1111-4111-8111-111111111111'

const keys = {
  rsa: await generateKeyPair('RS256'),
  ec: await generateKeyPair('ES256'),
  ed: await generateKeyPair('EdDSA'),
  ps: await generateKeyPair('PS256'),
  foreign: await generateKeyPair('RS256'),
}
const algorithms = { rsa: 'RS256', ec: 'ES256', ed: 'EdDSA', ps: 'PS256', foreign: 'RS256' } as const

let answers: 'keys' | 'nothing' = 'keys'
let publishedKeys: readonly (keyof typeof keys)[] = ['rsa', 'ec', 'ed', 'ps']
let asked = 0
const server = createServer(async (_, response) => {
  asked += 1
  if (answers === 'nothing') return void response.writeHead(503).end()
  const published = publishedKeys.map(async (kid) => ({
    ...(await exportJWK(keys[kid].publicKey)),
    kid,
    alg: algorithms[kid],
  }))
  response.end(JSON.stringify({ keys: await Promise.all(published) }))
})
let jwksUrl: string

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
})
afterAll(() => server.close())

function token(claims: Record<string, unknown> = {}, key: keyof typeof keys = 'rsa', signedBy?: CryptoKey) {
  const seconds = start.getTime() / 1000
  const all = {
    iss: issuer,
    aud: audience,
    sub: 'account-1',
    person: 'person-1',
    tenant,
    sid: 'session-1',
    scope: 'hr:read hr:write',
    nbf: seconds,
    exp: seconds + 300,
    ...claims,
  }
  return new SignJWT(all).setProtectedHeader({ alg: algorithms[key], kid: key }).sign(signedBy ?? keys[key].privateKey)
}

const verifier = () => userTokenVerifier({ issuer, audience, jwksUrl, now })

describe('a user’s token', () => {
  it.each(['rsa', 'ec', 'ed'] as const)('tells who asks, signed with %s', async (key) => {
    expect(await verifier().verify(await token({}, key))).toEqual({
      person: 'person-1',
      account: 'account-1',
      session: 'session-1',
      tenantId: tenant,
      scopes: new Set(['hr:read', 'hr:write']),
      expiresAt: new Date(start.getTime() + 300_000),
    })
  })

  it.each([
    ['has expired', { exp: start.getTime() / 1000 - 6 }, 'the token has expired'],
    ['never expires', { exp: undefined }, 'the claim exp'],
    ['is not valid yet', { nbf: start.getTime() / 1000 + 6 }, 'the claim nbf'],
    ['does not say from when it is valid', { nbf: undefined }, 'the claim nbf'],
    ['is from another issuer', { iss: 'http://other.test' }, 'the claim iss'],
    ['is for another audience', { aud: 'another' }, 'the claim aud'],
    ['names no account', { sub: undefined }, 'the claim sub'],
    ['names no person', { person: undefined }, 'must be: person'],
    ['names no tenant', { tenant: 'everyone' }, 'must be: tenant'],
    ['names no session', { sid: undefined }, 'must be: sid'],
    ['lists its scopes in another way', { scope: ['hr:read'] }, 'must be: scope'],
  ])('is refused when it %s', async (_, claims, message) => {
    await expect(verifier().verify(await token(claims))).rejects.toThrow(
      expect.objectContaining({ code: 'UNAUTHENTICATED', message: expect.stringContaining(message) }),
    )
  })

  it('is refused when it is signed by a stranger under a known key id', async () => {
    const stolen = await token({}, 'rsa', keys.foreign.privateKey)
    await expect(verifier().verify(stolen)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is refused when its key or its algorithm is not one of ours', async () => {
    for (const made of [token({}, 'foreign'), token({}, 'ps')])
      await expect(verifier().verify(await made)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`
    for (const text of [unsigned, 'nonsense', ''])
      await expect(verifier().verify(text)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is not verified twice within a minute, but again after it', async () => {
    let at = start
    const user = userTokenVerifier({ issuer, audience, jwksUrl, now: () => at })
    const text = await token()
    const first = await user.verify(text)
    expect(await user.verify(text)).toBe(first)
    at = new Date(start.getTime() + 60_000)
    expect(await user.verify(text)).not.toBe(first)
    at = new Date(start.getTime() + 306_000)
    await expect(user.verify(text)).rejects.toThrow('the token has expired')
  })

  it('is good while the issuer is away, once its keys were fetched', async () => {
    const user = verifier()
    await user.verify(await token())
    const before = asked
    answers = 'nothing'
    // jose looks at the system's clock for the age of the keys: eleven minutes later they are stale.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 660_000 })
    try {
      await expect(user.verify(await token({ sid: 'session-2' }))).resolves.toMatchObject({ session: 'session-2' })
      await expect(verifier().verify(await token())).rejects.toMatchObject({
        kind: 'fault',
        code: 'ISSUER_UNREACHABLE',
      })
    } finally {
      answers = 'keys'
      vi.useRealTimers()
    }
    expect(asked).toBe(before + 2)
  })

  it('may be signed by a new key of the issuer, and made-up key ids do not flood the issuer with questions', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { verify } = verifier()
    await verify(await token())
    const before = asked
    for (let n = 0; n < 20; n++) {
      const madeUp = await new SignJWT({})
        .setProtectedHeader({ alg: 'RS256', kid: `k${n}` })
        .sign(keys.foreign.privateKey)
      await expect(verify(madeUp)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
    expect(asked).toBe(before)
    publishedKeys = ['ec', 'foreign']
    await expect(verify(await token({}, 'foreign'))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    vi.setSystemTime(Date.now() + 30_001)
    expect(await verify(await token({}, 'foreign'))).toMatchObject({ person: 'person-1' })
    expect(asked).toBe(before + 1)
    vi.useRealTimers()
    publishedKeys = ['rsa', 'ec', 'ed', 'ps']
  })
})
