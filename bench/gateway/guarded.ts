import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** What the gateway is started with so that every guard works, and the token its clients send. */
export type Guarded = { env: Record<string, string>; token: string; stop(): Promise<void> }

const audience = 'erp-steinmetz'

/**
 * Sets up what guards need: an issuer whose keys can be fetched, a token it signed, and a manifest without which no
 * operation is taken. Limits are as they are by default, but for quotas a load test would use up.
 */
export async function setUpGuarded(folder: string, operations: readonly string[]): Promise<Guarded> {
  const issuerKey = generateKeyPairSync('ed25519')
  const gatewayKey = generateKeyPairSync('ed25519')
  const jwk = { ...issuerKey.publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' }
  const keys = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`
  const manifest = join(folder, 'manifest.json')
  writeFileSync(manifest, JSON.stringify(manifestOf(operations)))
  const plenty = { perSecond: 1_000_000, burst: 1_000_000_000 }
  return {
    env: {
      NODE_ENV: 'test',
      ISSUER_URL: issuer,
      INTERNAL_SIGNING_KEY: JSON.stringify({
        ...gatewayKey.privateKey.export({ format: 'jwk' }),
        kid: 'bench',
        alg: 'EdDSA',
      }),
      OPERATIONS_MANIFEST: manifest,
      SAFELIST: 'require',
      COST_MODE: 'enforce',
      MAX_COST: '1000000',
      RATE_LIMITS: JSON.stringify({ query: plenty, tenant: plenty, cost: plenty }),
    },
    token: tokenOf(issuer, issuerKey.privateKey),
    stop: () => new Promise((resolve) => keys.close(() => resolve())),
  }
}

function manifestOf(operations: readonly string[]) {
  const listed = operations.map((body) => ({ id: createHash('sha256').update(body).digest('hex'), body }))
  return { format: 'apollo-persisted-query-manifest', version: 1, operations: listed }
}

function tokenOf(issuer: string, key: KeyObject): string {
  const seconds = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: issuer,
    aud: audience,
    sub: 'account-1',
    person: 'person-1',
    tenant: '0193a6b2-0000-7000-8000-000000000001',
    sid: 'session-1',
    scope: 'shop:read',
    nbf: seconds - 60,
    exp: seconds + 86_400,
  }
  const text = [{ alg: 'EdDSA', typ: 'JWT', kid: 'bench' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`
}
