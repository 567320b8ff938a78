import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  base64Key,
  ConfigError,
  flag,
  httpUrl,
  jsonMap,
  logLevel,
  port,
  postgresUrl,
  privateJwk,
  publicJwks,
  readConfig,
  wholeNumber,
} from './index.ts'

function keyPair() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    secret: { ...privateKey.export({ format: 'jwk' }), kid: 'gateway-1' },
    open: { ...publicKey.export({ format: 'jwk' }), kid: 'gateway-1' },
  }
}

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('the configuration of a process', () => {
  it('is read into values of the right types', () => {
    const { secret, open } = keyPair()
    const key = randomBytes(32)
    const config = readConfig(
      z.object({
        PORT: port.default(4010),
        LOG_LEVEL: logLevel.default('info'),
        RELAY: flag.default(true),
        DATABASE_URL: postgresUrl,
        SUBGRAPH_URLS: jsonMap(httpUrl),
        PERSONAL_DATA_KEY: base64Key(32),
        INTERNAL_SIGNING_KEY: privateJwk,
        INTERNAL_JWKS: publicJwks,
        REPLICA_URL: postgresUrl.optional(),
      }),
      {
        LOG_LEVEL: ' debug ',
        RELAY: 'false',
        DATABASE_URL: 'postgresql://hr_service:f3b8c1d09e@127.0.0.1:4032/hr',
        SUBGRAPH_URLS: '{"hr":"http://127.0.0.1:4010/graphql"}',
        PERSONAL_DATA_KEY: key.toString('base64'),
        INTERNAL_SIGNING_KEY: JSON.stringify(secret),
        INTERNAL_JWKS: JSON.stringify({ keys: [open] }),
        REPLICA_URL: '',
        SOMETHING_ELSE: 'ignored',
      },
    )
    expect(config).toEqual({
      PORT: 4010,
      LOG_LEVEL: 'debug',
      RELAY: false,
      DATABASE_URL: 'postgresql://hr_service:f3b8c1d09e@127.0.0.1:4032/hr',
      SUBGRAPH_URLS: { hr: 'http://127.0.0.1:4010/graphql' },
      PERSONAL_DATA_KEY: key,
      INTERNAL_SIGNING_KEY: secret,
      INTERNAL_JWKS: { keys: [open] },
    })
  })

  it('reports every mistake at once: the variable, what is wrong, what to set', () => {
    const schema = z.object({
      PORT: port,
      HTTP_TIMEOUT_MS: wholeNumber(1, 1000).default(100),
      DATABASE_URL: postgresUrl.describe('the URL of the hr database'),
      SUBGRAPH_URLS: jsonMap(httpUrl),
    })
    const env = { PORT: '99999', HTTP_TIMEOUT_MS: 'soon', SUBGRAPH_URLS: '{"hr":"nowhere"}' }
    expect(problemsOf(() => readConfig(schema, env))).toEqual([
      'PORT: is more than 65535. Set it to a port from 0 to 65535 (0: any free port).',
      'HTTP_TIMEOUT_MS: is not a whole number. Set it to a whole number from 1 to 1000.',
      'DATABASE_URL is not set. Set it to the URL of the hr database.',
      'SUBGRAPH_URLS (at hr): is not an http or https URL. Set it to a JSON object such as {"name": …}.',
    ])
    expect(() => readConfig(schema, env)).toThrow('The configuration has 4 mistakes:\n  - PORT')
  })

  it('never repeats a value, as any of them may be a secret', () => {
    const { secret } = keyPair()
    const swapped = { ...secret, x: keyPair().open.x }
    const schema = z.object({
      DATABASE_URL: postgresUrl,
      PERSONAL_DATA_KEY: base64Key(32),
      INTERNAL_SIGNING_KEY: privateJwk,
      APPROVALS_SIGNING_KEY: privateJwk,
      INTERNAL_JWKS: publicJwks,
      LOG_LEVEL: logLevel,
      RELAY: flag,
    })
    const env = {
      DATABASE_URL: 'mysql://root:s3cret@host/db',
      PERSONAL_DATA_KEY: 's3cret',
      INTERNAL_SIGNING_KEY: 's3cret {',
      APPROVALS_SIGNING_KEY: JSON.stringify(swapped),
      INTERNAL_JWKS: JSON.stringify({ keys: [secret] }),
      LOG_LEVEL: 's3cret',
      RELAY: 's3cret',
    }
    const told = problemsOf(() => readConfig(schema, env)).join('\n')
    expect(told.split('\n')).toHaveLength(7)
    expect(told).toContain('INTERNAL_JWKS (at keys.0): is a private key.')
    expect(told).toContain('APPROVALS_SIGNING_KEY: is not an Ed25519 key whose x belongs to its d.')
    for (const value of ['s3cret', secret.d, secret.x, swapped.x]) expect(told).not.toContain(value)
  })

  it('refuses a JWKS without a key', () => {
    const schema = z.object({ INTERNAL_JWKS: publicJwks })
    expect(problemsOf(() => readConfig(schema, { INTERNAL_JWKS: '{"keys":[]}' }))[0]).toContain('holds no key')
  })
})
