import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConfigError } from '@steinmetz/kernel/config'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { gatewayConfig } from './config.ts'
import { start } from './main.ts'
import { ask, startTestbed, type Testbed } from './testing/testbed.ts'

// A gateway of its own takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

describe('readiness', () => {
  let bed: Testbed
  const part = { status: 503 }
  const server = createServer((_request, response) => response.writeHead(part.status).end())

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    bed = await startTestbed(() => ({ READY_URLS: JSON.stringify({ worker: `http://127.0.0.1:${port}/readyz` }) }))
  })
  afterAll(async () => {
    await bed.stop()
    server.close()
  })

  it('is given once every part of the platform is ready; the process lives meanwhile', async () => {
    const get = (path: string) => fetch(bed.gateway.url + path)
    const early = await get('/readyz')
    expect(early.status).toBe(503)
    expect(await early.json()).toMatchObject({ ready: false, reasons: [expect.stringContaining('worker')] })
    expect((await get('/livez')).status).toBe(200)
    expect(await (await get('/health')).json()).toMatchObject({ status: 'fail', serviceId: 'gateway' })

    part.status = 200
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200))
    expect(await (await get('/health')).json()).toMatchObject({ status: 'pass' })
  })

  it('does not keep a page or a path that is not there', async () => {
    expect((await fetch(`${bed.gateway.url}/nothing`)).status).toBe(404)
  })
})

describe('in production', () => {
  it('metrics are told on the port of those who run it alone; the probes on both', async () => {
    const port = await freePort()
    const bed = await startTestbed(({ issuer }) => ({
      NODE_ENV: 'production',
      ISSUER_URL: issuer.url.replace('http:', 'https:'),
      ADMIN_PORT: String(port),
    }))
    const status = async (url: string, path: string) => (await fetch(url + path)).status
    const admin = `http://127.0.0.1:${port}`
    expect([await status(bed.gateway.url, '/metrics'), await status(admin, '/metrics')]).toEqual([404, 200])
    for (const path of ['/livez', '/readyz', '/health'])
      expect([await status(bed.gateway.url, path), await status(admin, path)]).toEqual([200, 200])
    expect(await status(admin, '/graphql')).toBe(404)
    await bed.stop()
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

describe('the configuration', () => {
  const problems = (env: Record<string, string>) => {
    try {
      gatewayConfig(env)
      return []
    } catch (error) {
      if (error instanceof ConfigError) return error.problems
      throw error
    }
  }

  it('is refused with every mistake at once', () => {
    const found = problems({
      PORT: 'x',
      SUBGRAPH_URLS: '{',
      NODE_ENV: 'production',
      ISSUER_URL: 'http://issuer',
      WATCH_SUBGRAPHS: '.',
    })
    expect(found.map((problem) => problem.split(/[: ]/)[0]).sort()).toEqual([
      'INTERNAL_SIGNING_KEY',
      'ISSUER_URL',
      'PORT',
      'SUBGRAPH_URLS',
      'WATCH_SUBGRAPHS',
    ])
  })

  it('tells what the guards cannot be configured to do', () => {
    const found = problems({
      FORWARD_HEADERS: '["Authorization"]',
      RETURN_HEADERS: '["content-length"]',
      SAFELIST: 'require',
      MAX_COST: '500',
      RATE_LIMITS: '{"cost":{"burst":100}}',
      POLICIES: '{"p":{"roles":["x"]}}',
    })
    for (const name of ['FORWARD_HEADERS', 'RETURN_HEADERS', 'OPERATIONS_MANIFEST', 'POLICIES'])
      expect(found).toContainEqual(expect.stringContaining(name))
    expect(problems({ RATE_LIMITS: '{"query":{"withoutRedis":"maybe"}}' })).toContainEqual(
      expect.stringContaining('is neither local, open nor closed'),
    )
    expect(problems({ RATE_LIMITS: '{"cost":{"burst":100}}', MAX_COST: '500' })).toContainEqual(
      expect.stringContaining('MAX_COST: is more than'),
    )
    expect(problems({ RATE_LIMITS: '{"cost":{"burst":1000}}', MAX_COST: '500' })).not.toContainEqual(
      expect.stringContaining('MAX_COST'),
    )
  })

  it('takes production for granted, and there neither an unprotected issuer nor ready-made tokens', () => {
    const found = problems({ ISSUER_URL: 'http://127.0.0.1:4001', DEVELOPMENT_TOKENS: '{"clerk":"…"}' })
    expect(found).toEqual(
      expect.arrayContaining([
        expect.stringContaining('ISSUER_URL: must be https in production'),
        expect.stringContaining('DEVELOPMENT_TOKENS: is for development only'),
      ]),
    )
  })
})

it('tells what its cache of plans does', async () => {
  const bed = await startTestbed()
  const figure = async (name: string) => {
    const text = await (await fetch(`${bed.gateway.url}/metrics`)).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(name) && !line.startsWith('#'))
        ?.split(' ')[1],
    )
  }
  expect(await figure('gateway_plan_cache_entries')).toBe(0)
  for (let n = 0; n < 3; n++) await ask(bed, '{ awaitingCount }')
  expect(await figure('gateway_plan_cache_lookups_total{result="hit"')).toBe(2)
  expect(await figure('gateway_plan_cache_lookups_total{result="miss"')).toBe(1)
  expect(await figure('gateway_plan_cache_evictions_total')).toBe(0)
  expect(await figure('gateway_plan_cache_entries')).toBe(1)
  expect(await figure('gateway_plan_cache_bytes')).toBeGreaterThan(2_000)
  await bed.stop()
})

it('does not start on a port that is taken, and names the variable that moves it', async () => {
  const bed = await startTestbed()
  const { port } = new URL(bed.gateway.url)
  await expect(startTestbed(() => ({ PORT: port }))).rejects.toThrow(/cannot listen on 127.0.0.1:\d+ \(PORT\)/)
  await bed.stop()
})

it('does not start without a supergraph, or with one that does not fit, and says why', async () => {
  const starting = (env: Record<string, string>) => startTestbed(() => env)
  await expect(starting({ SUPERGRAPH: '/nowhere.graphql' })).rejects.toThrow('SUPERGRAPH: is not there')
  await expect(starting({ SUBGRAPH_URLS: '{"hr":"http://127.0.0.1:1/"}' })).rejects.toThrow(
    'subgraph approvals has no url',
  )
  await expect(starting({ SUPERGRAPH: import.meta.filename })).rejects.toThrow('Syntax Error')
  await expect(start({})).rejects.toThrow(ConfigError)
})
