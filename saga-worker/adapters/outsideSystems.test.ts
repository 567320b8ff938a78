import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fault } from '@steinmetz/kernel/errors'
import { startHealthServer } from '@steinmetz/kernel/health'
import { createLog, createMetrics } from '@steinmetz/kernel/telemetry'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Envelope, external } from '../engine/command.ts'
import { httpGateways } from './httpGateways.ts'
import { type Adapter, type OutsideSystems, outsideSystems } from './outsideSystems.ts'

const log = createLog({ service: 'test', level: 'silent' })
const payment: Envelope = {
  command: external('bank', 'transfer', { cents: 100 }),
  idempotencyKey: 's1:payout:forward:0',
  forwardKey: null,
  inDoubt: false,
  tenantId: '11111111-1111-4111-8111-111111111111',
  onBehalfOf: { person: 'p1', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' },
  traceparent: null,
}

/** A bank that transfers once for each reference, and may be out of order. */
const transfers = new Map<string, object>()
const asked: string[] = []
let failing: number | 'silent' | null = null
const bank: Server = createServer(async (incoming, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  asked.push(incoming.method ?? '')
  if (failing === 'silent') return
  if (failing !== null) return void response.writeHead(failing).end()
  const reference = decodeURIComponent(incoming.url?.split('/')[2] ?? '')
  if (incoming.method === 'PUT') {
    const { input } = JSON.parse(Buffer.concat(chunks).toString())
    if (input.cents > 1_000)
      return void response.writeHead(422).end(JSON.stringify({ code: 'TOO_MUCH', message: 'more than there is' }))
    transfers.set(reference, { receipt: `r-${transfers.size + 1}` })
  }
  const receipt = transfers.get(reference)
  response.writeHead(receipt ? 200 : 404).end(JSON.stringify(receipt ?? {}))
})
let systems: OutsideSystems
let health: Awaited<ReturnType<typeof startHealthServer>>

beforeAll(async () => {
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`
  const metrics = createMetrics('test')
  systems = outsideSystems([httpGateways({ bank: url })], { log, metrics, timeoutMs: 200, openMs: 300 })
  health = await startHealthServer({ host: '127.0.0.1', port: 0 }, { service: 'test', metrics, checks: systems.checks })
})
afterEach(() => {
  failing = null
  asked.length = 0
})
afterAll(async () => {
  await health.stop()
  await systems.close()
  bank.closeAllConnections()
  bank.close()
})

const refer = (idempotencyKey: string, more: Partial<Envelope> = {}) =>
  systems.send({ ...payment, idempotencyKey, ...more })

/** What /health says of the bank. */
async function healthOf() {
  type Health = { status: string; checks: Record<string, { status: string }[]> }
  const { status, checks } = (await (await fetch(`${health.url}/health`)).json()) as Health
  return { status, check: checks['bank:responseTime']?.[0]?.status }
}

let before: Record<string, number> = {}
/** What /metrics says of the bank's breaker: its state, and how calls ended since this was last noted. */
async function told(): Promise<Record<string, unknown>> {
  const text = await (await fetch(`${health.url}/metrics`)).text()
  const state = /^steinmetz_circuit_state\{system="bank",state="([a-z-]+)",.*\} 1$/m.exec(text)?.[1]
  const calls = [...text.matchAll(/^steinmetz_circuit_calls_total\{system="bank",outcome="(\w+)",.*\} (\d+)$/gm)]
  const counts = Object.fromEntries(calls.map(([, outcome = '', count]) => [outcome, Number(count)]))
  const since = Object.entries(counts).map(([outcome, count]) => [outcome, count - (before[outcome] ?? 0)])
  return { state, counts, ...Object.fromEntries(since) }
}

describe('a command to a system outside', () => {
  it('is put under its key, and answered', async () => {
    expect(await refer('first')).toEqual({ kind: 'done', answer: { receipt: 'r-1' } })
    expect(asked).toEqual(['PUT'])
  })

  it('is refused by the system, or stopped when it is not understood', async () => {
    const large = external('bank', 'transfer', { cents: 2_000 })
    expect(await refer('large', { command: large })).toEqual({
      kind: 'refused',
      code: 'TOO_MUCH',
      message: 'more than there is',
    })
    failing = 400
    expect(await refer('odd')).toMatchObject({ kind: 'halted', code: 'HTTP_400' })
    const unknown = await refer('post', { command: external('post', 'send', {}) })
    expect(unknown).toMatchObject({ kind: 'halted', code: 'SYSTEM_NOT_CONFIGURED' })
  })

  it('in doubt is asked for before it is put again', async () => {
    failing = 'silent'
    expect(await refer('doubt')).toMatchObject({ kind: 'inDoubt', code: 'TIMED_OUT' })
    failing = null
    asked.length = 0
    expect(await refer('doubt', { inDoubt: true })).toMatchObject({ kind: 'done' })
    expect(asked).toEqual(['GET', 'PUT'])
    asked.length = 0
    expect(await refer('doubt', { inDoubt: true })).toMatchObject({ kind: 'done' })
    expect(asked).toEqual(['GET'])
  })

  it('leaves a system alone that fails five times in a row, and tries it again after a while', async () => {
    const { state, counts } = await told()
    expect(state).toBe('closed')
    before = counts as Record<string, number>
    failing = 503
    for (let nth = 0; nth < 5; nth++)
      expect(await refer(`down-${nth}`)).toMatchObject({ kind: 'inDoubt', code: 'SYSTEM_FAILING' })
    asked.length = 0
    expect(await refer('down-5')).toMatchObject({ kind: 'inDoubt', code: 'CIRCUIT_OPEN' })
    expect(asked).toEqual([])
    await expect.poll(healthOf, { timeout: 5_000 }).toEqual({ status: 'warn', check: 'warn' })
    expect(await told()).toMatchObject({ state: 'open', failed: 5, denied: 1 })

    failing = null
    await vi.waitUntil(async () => (await refer('again')).kind === 'done', { timeout: 5_000, interval: 50 })
    expect(await refer('and-again')).toMatchObject({ kind: 'done' })
    await expect.poll(healthOf, { timeout: 5_000 }).toEqual({ status: 'pass', check: 'pass' })
    expect(await told()).toMatchObject({ state: 'closed', failed: 5, succeeded: 2 })
  })
})

describe('an adapter', () => {
  /** A system whose adapter does what it is told here. */
  const opened = (adapter: Partial<Adapter>) => {
    const nothing: Adapter = {
      names: ['post'],
      call: async () => ({ kind: 'done', answer: {} }),
      status: async () => null,
    }
    const metrics = createMetrics('test')
    const opened = outsideSystems([{ ...nothing, ...adapter }], { log, metrics, timeoutMs: 50 })
    const letter = { ...payment, command: external('post', 'send', { to: 'somebody' }) }
    return { opened, ask: (more: Partial<Envelope> = {}) => opened.send({ ...letter, ...more }) }
  }

  it('is never waited for longer than its time, asked or called', async () => {
    const silent = new Promise<never>(() => {})
    const { ask } = opened({ call: () => silent, status: () => silent })
    expect(await ask()).toMatchObject({ kind: 'inDoubt', code: 'TIMED_OUT' })
    expect(await ask({ inDoubt: true })).toMatchObject({ kind: 'inDoubt', code: 'TIMED_OUT' })
  })

  it('is left alone when its system fails, not when the platform cannot say what to send', async () => {
    let calls = 0
    const call = async () => {
      calls += 1
      throw new Error('down')
    }
    const unready = opened({ call, prepare: () => Promise.reject(fault('SUBGRAPH_UNREACHABLE', 'no answer')) })
    for (let nth = 0; nth < 6; nth++) expect(await unready.ask()).toMatchObject({ code: 'SUBGRAPH_UNREACHABLE' })
    expect(calls).toBe(0)
    const { opened: failing, ask } = opened({ call })
    for (let nth = 0; nth < 5; nth++) expect(await ask()).toMatchObject({ kind: 'inDoubt', code: 'UNREACHABLE' })
    expect(await ask()).toMatchObject({ kind: 'inDoubt', code: 'CIRCUIT_OPEN' })
    expect(calls).toBe(5)
    await expect(failing.checks[0]?.check()).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' })
  })

  it('completes a command for the call alone, or says why there is nothing to call', async () => {
    const called: object[] = []
    const call: Adapter['call'] = async ({ command }) => {
      called.push(command.input)
      return { kind: 'done', answer: {} }
    }
    const prepare: Adapter['prepare'] = async (envelope) => ({
      ...envelope,
      command: { ...envelope.command, input: { street: 'here' } },
    })
    expect(await opened({ call, prepare }).ask()).toMatchObject({ kind: 'done' })
    expect(called).toEqual([{ street: 'here' }])
    const nobody = { kind: 'halted', code: 'NOBODY', message: 'lives nowhere' } as const
    expect(await opened({ call, prepare: async () => nobody }).ask()).toEqual(nobody)
    expect(called).toHaveLength(1)
  })
})
