import { afterEach, describe, expect, it } from 'vitest'
import { fault } from '../errors/index.ts'
import { type Check, type HealthOptions, startHealthServer } from './index.ts'

const stops: (() => Promise<void>)[] = []
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())))

async function serving(options: Partial<HealthOptions>) {
  const { url, stop } = await startHealthServer(
    { host: '127.0.0.1', port: 0 },
    { service: 'hr', checks: [], ...options },
  )
  stops.push(stop)
  return async (path: string, method = 'GET') => {
    const response = await fetch(url + path, { method, headers: { connection: 'close' } })
    const text = await response.text()
    return { status: response.status, type: response.headers.get('content-type'), body: text && JSON.parse(text) }
  }
}

const alive = (name: string, required = true): Check => ({ name, required, check: async () => {} })
const dead = (name: string, required = true): Check => ({
  name,
  required,
  check: async () => {
    throw Object.assign(new Error('no password for Erika'), { code: 'ECONNREFUSED' })
  },
})
const silent = (name: string): Check => ({ name, required: true, check: () => new Promise(() => {}) })

describe('the probes of a process', () => {
  it('pass when every dependency answers', async () => {
    const ask = await serving({ checks: [alive('postgres'), alive('bus', false)] })
    expect(await ask('/livez')).toMatchObject({ status: 200, body: { alive: true } })
    expect(await ask('/readyz?verbose')).toMatchObject({ status: 200, body: { ready: true } })
    expect(await ask('/health')).toEqual({
      status: 200,
      type: 'application/health+json',
      body: {
        status: 'pass',
        serviceId: 'hr',
        checks: {
          'postgres:responseTime': [
            { status: 'pass', required: true, observedValue: expect.any(Number), observedUnit: 'ms' },
          ],
          'bus:responseTime': [
            { status: 'pass', required: false, observedValue: expect.any(Number), observedUnit: 'ms' },
          ],
        },
      },
    })
  })

  it('warn of a dead optional dependency, but stay ready', async () => {
    const ask = await serving({ checks: [alive('postgres'), dead('bus', false)] })
    expect(await ask('/health')).toMatchObject({
      status: 200,
      body: { status: 'warn', checks: { 'bus:responseTime': [{ status: 'warn', output: 'ECONNREFUSED' }] } },
    })
    expect((await ask('/readyz')).status).toBe(200)
  })

  it('fail for a dead required dependency, but never the one for life', async () => {
    const ask = await serving({ checks: [dead('postgres'), dead('bus', false)] })
    expect(await ask('/health')).toMatchObject({ status: 503, body: { status: 'fail' } })
    expect(await ask('/readyz')).toMatchObject({
      status: 503,
      body: { ready: false, reasons: ['postgres ECONNREFUSED'] },
    })
    expect((await ask('/livez')).status).toBe(200)
  })

  it('tell our own sentences, but nothing of a driver’s message', async () => {
    const check = async () => {
      throw fault('DATABASE_DOWN', 'the database does not answer')
    }
    const ask = await serving({ checks: [dead('bus', false), { name: 'postgres', required: true, check }] })
    const { body } = await ask('/health')
    expect(JSON.stringify(body)).not.toContain('Erika')
    expect(JSON.stringify(body)).toContain('DATABASE_DOWN: the database does not answer')
  })

  it('are not ready while the process starts or stops', async () => {
    const ask = await serving({ ready: () => false })
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { reasons: ['hr is starting or stopping'] } })
    expect((await ask('/health')).status).toBe(200)
  })

  it('wait for no dependency longer than allowed, and ask a hanging one only once', async () => {
    let asked = 0
    const hanging = silent('postgres')
    const check = () => {
      asked++
      return hanging.check()
    }
    const ask = await serving({ checks: [{ ...hanging, check }], timeoutMs: 5, keepMs: 0 })
    expect((await ask('/readyz')).body.reasons).toEqual(['postgres did not answer within 5 ms'])
    expect((await ask('/readyz')).body.reasons).toEqual(['postgres still has not answered the last check'])
    expect(asked).toBe(1)
  })

  it('ask those that count now, and none again that hangs, though its check is another object', async () => {
    let asked = 0
    let names = ['postgres', 'bus']
    const check = () => {
      asked++
      return silent('').check()
    }
    const checks = () => names.map((name) => ({ name, required: true, check }))
    const ask = await serving({ checks, timeoutMs: 5, keepMs: 0 })
    await ask('/readyz')
    expect(asked).toBe(2)
    names = ['bus', 'redis']
    expect((await ask('/readyz')).body.reasons).toEqual([
      'bus still has not answered the last check',
      'redis did not answer within 5 ms',
    ])
    expect(asked).toBe(3)
  })

  it('ask a dependency at most once a second, however many probes come', async () => {
    let asked = 0
    let clock = 0
    const check = async () => void asked++
    const ask = await serving({ checks: [{ name: 'postgres', required: true, check }], clock: () => clock })
    await Promise.all([ask('/readyz'), ask('/health'), ask('/health')])
    clock = 999
    await ask('/health')
    expect(asked).toBe(1)
    clock = 1_000
    await ask('/health')
    expect(asked).toBe(2)
  })

  it('answer HEAD without a body, refuse to be written to, and leave other paths alone', async () => {
    const ask = await serving({})
    expect(await ask('/readyz', 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect((await ask('/readyz', 'POST')).status).toBe(405)
    expect((await ask('/graphql')).status).toBe(404)
  })

  it('say which address is taken', async () => {
    const { url, stop } = await startHealthServer({ host: '127.0.0.1', port: 0 }, { service: 'hr', checks: [] })
    stops.push(stop)
    const taken = { host: '127.0.0.1', port: Number(new URL(url).port) }
    await expect(startHealthServer(taken, { service: 'hr-relay', checks: [] })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: `hr-relay cannot listen on 127.0.0.1:${taken.port}`,
    })
  })
})
