import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '@steinmetz/kernel/config'
import { describe, expect, it } from 'vitest'
import { connectionsWanted, productionSettings, urlVariable } from './productionSettings.ts'
import { services } from './services.ts'
import { problemsOfServices } from './settingsOfServices.ts'

const key = (kid: string) =>
  JSON.stringify({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid })

async function whole(): Promise<Record<string, string>> {
  const urls = (await connectionsWanted()).map(({ database, role }) => [
    urlVariable(database, role),
    `postgresql://${database}_${role}:${randomBytes(9).toString('hex')}@db.example.org/${database}`,
  ])
  return {
    ISSUER_URL: 'https://login.example.org',
    GATEWAY_SIGNING_KEY: key('gateway-2026'),
    SAGA_WORKER_SIGNING_KEY: key('saga-worker-2026'),
    APPROVALS_SIGNING_KEY: key('approvals-2026'),
    PERSONAL_DATA_KEY: randomBytes(32).toString('base64'),
    ...(Object.fromEntries(urls) as Record<string, string>),
  }
}

const noneOfServices = async () => []

const problems = async (file: Record<string, string>): Promise<readonly string[]> => {
  const error: unknown = await productionSettings(file, noneOfServices).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw new Error('it was taken')
  return error.problems.map((problem) => problem.split(/[ :]/, 1)[0] ?? '')
}

describe('the settings of production', () => {
  it('are told at once when all are missing: keys, issuer, and a URL for each role of each database', async () => {
    const file = await whole()
    expect([...(await problems({}))].sort()).toEqual(Object.keys(file).sort())
  })

  it('give each service what it asks for, and to none the secrets of another', async () => {
    const file: Record<string, string> = {
      ...(await whole()),
      MAX_COST: '1000',
      HR_PORT: '5010',
      APOLLO_KEY: 'service:erp:secret',
    }
    const { parts, common, portOf } = await productionSettings(file, noneOfServices)
    expect(common).toEqual({ MAX_COST: '1000' })
    const told = await Promise.all(services.flat().map(async (one) => [one.name, await one.settings(parts)] as const))
    const { hr, gateway } = Object.fromEntries(told)
    expect(hr?.DATABASE_URL).toBe(file.HR_DATABASE_URL)
    expect(JSON.stringify(hr)).not.toContain('"d"')
    expect(told.filter(([, env]) => 'APOLLO_KEY' in env).map(([name]) => name)).toEqual(['gateway'])
    expect(gateway).not.toHaveProperty('DEVELOPMENT_TOKENS')
    expect(gateway).not.toHaveProperty('WATCH_SUBGRAPHS')
    const first = services.flat().find(({ name }) => name === 'hr')
    expect(first && portOf(first)).toBe(5010)
  })

  it.each([
    ['an http issuer', { ISSUER_URL: 'http://login.example.org' }],
    ['a key made for development', { GATEWAY_SIGNING_KEY: key('gateway-development') }],
    ['a key of another service', { APPROVALS_SIGNING_KEY: key('gateway-2026') }],
    ['a guessable password', { HR_DATABASE_URL: 'postgresql://hr_service:postgres@db.example.org/hr' }],
    ['another role than the changelogs grant to', { HR_DATABASE_URL: 'postgresql://postgres:x7f2@db.example.org/hr' }],
    ['a key of personal data that is no random one', { PERSONAL_DATA_KEY: Buffer.alloc(32).toString('base64') }],
  ])('refuse %s', async (_, wrong) => {
    expect(await problems({ ...(await whole()), ...wrong })).toEqual(Object.keys(wrong))
  })
})

describe('what only the services know', () => {
  const refusal = async (more: Record<string, string>) => {
    const error: unknown = await productionSettings({ ...(await whole()), ...more }, problemsOfServices).catch(
      (thrown: unknown) => thrown,
    )
    return error instanceof ConfigError ? error.problems : []
  }

  it('is told before anything starts, all at once, with whose it is', { timeout: 90_000 }, async () => {
    const wrong = await refusal({
      ISSUER_URL: 'http://login.example.org',
      HR_PORT: 'x',
      LOG_LEVEL: 'loud',
      DATABASE_POOL: '0',
      CONCURRENCY: 'many',
      MAX_COST: '9',
      RATE_LIMITS: '{"cost":{"burst":5}}',
      SAFELIST: 'require',
      WATCH_SUBGRAPHS: '.',
      APOLLO_KEY: 'service:erp:secret',
    })
    expect(wrong.map((problem) => `${/^\w+/.exec(problem)} ${/\(([^():]+)\)$/.exec(problem)?.[1] ?? ''}`)).toEqual([
      'ISSUER_URL ',
      'HR_PORT ',
      'LOG_LEVEL all services',
      'DATABASE_POOL hr, payroll, approvals, compliance, processes, billing',
      'CONCURRENCY saga-worker',
      'WATCH_SUBGRAPHS gateway',
      'APOLLO_GRAPH_REF gateway',
      'OPERATIONS_MANIFEST gateway',
      'MAX_COST gateway',
    ])
  })

  it('is in order where the file is', { timeout: 90_000 }, async () => {
    expect(await refusal({ LOG_LEVEL: 'warn', MAX_COST: '100' })).toEqual([])
  })
})

describe('docs/runbooks/production.md', () => {
  it('describes every setting of the file and of every service', async () => {
    const root = join(import.meta.dirname, '..')
    const page = readFileSync(join(root, 'docs', 'runbooks', 'production.md'), 'utf8')
    const schemas = [
      'gateway/config.ts',
      'gateway/studio/settings.ts',
      'saga-worker/config.ts',
      'kernel/subgraph/start.ts',
      'kernel/bus/relayProcess.ts',
    ]
    const ofServices = schemas.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/^ {2,4}([A-Z][A-Z_]+): [a-z]/gm)].map(
        ([, name = '']) => name,
      ),
    )
    expect(ofServices.length).toBeGreaterThan(50)
    const all = [...ofServices, ...Object.keys(await whole()), 'REDIS_URL', 'GATEWAY_HOST']
    expect(all.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
  })
})
