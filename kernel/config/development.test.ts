import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { base64Key, ConfigError, type Environment, json, postgresUrl, readConfig } from './index.ts'

const schema = z.object({
  DATABASE_URL: postgresUrl,
  SIGNING_KEY: json(z.object({ kid: z.string() })),
  DATA_KEY: base64Key(32),
})
const sound = {
  DATABASE_URL: 'postgresql://service:f3b8c1d09e@db/orders',
  SIGNING_KEY: '{"kid":"gateway-2026"}',
  DATA_KEY: Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37) % 251)).toString('base64'),
}

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(schema, env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('production', () => {
  test('starts with settings of its own', () => {
    expect(problemsOf({ ...sound, NODE_ENV: 'production' })).toEqual([])
  })

  test.each([
    [
      'a development key',
      { SIGNING_KEY: '{"kid":"gateway-development"}' },
      'SIGNING_KEY: is a key made for development',
    ],
    ['a constant key', { DATA_KEY: Buffer.alloc(32).toString('base64') }, 'DATA_KEY: is no random key'],
    ['no password', { DATABASE_URL: 'postgresql://service@db/orders' }, 'DATABASE_URL: its password is missing'],
    ['a default password', { DATABASE_URL: 'postgresql://service:postgres@db/orders' }, 'DATABASE_URL: its password'],
    ['the name as password', { DATABASE_URL: 'postgresql://service:service@db/orders' }, 'DATABASE_URL: its password'],
  ])('refuses %s and names the setting, not the value', (_, wrong, told) => {
    const problems = problemsOf({ ...sound, ...wrong, NODE_ENV: 'production' })
    expect(problems).toEqual([expect.stringContaining(told)])
    expect(problems.join()).not.toContain('postgresql://')
  })

  test('is assumed where nothing is said', () => {
    expect(problemsOf({ ...sound, SIGNING_KEY: '{"kid":"gateway-development"}' })).toHaveLength(1)
  })

  test('tells these mistakes together with all others', () => {
    const problems = problemsOf({ SIGNING_KEY: '{"kid":"x-development"}', DATA_KEY: 'short', NODE_ENV: 'production' })
    expect(problems).toHaveLength(3)
  })

  test('is not what a developer works in', () => {
    expect(problemsOf({ ...sound, SIGNING_KEY: '{"kid":"gateway-development"}', NODE_ENV: 'development' })).toEqual([])
  })
})
