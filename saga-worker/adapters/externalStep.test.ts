import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createLog, createMetrics } from '@steinmetz/kernel/telemetry'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { catalogOf } from '../engine/catalog.ts'
import { external } from '../engine/command.ts'
import { type Coordinator, createCoordinator, envelopeOf } from '../engine/coordinator.ts'
import { contentHash, shapeOf } from '../engine/definition.ts'
import { currentStep, type Instance, unborn } from '../engine/instance.ts'
import { born } from '../engine/move.ts'
import { type Saga, saga } from '../engine/saga.ts'
import { openStore, type Store } from '../engine/store.ts'
import { begin } from '../engine/transition.ts'
import { poolOf } from '../testing/poolOf.ts'
import { httpGateways } from './httpGateways.ts'
import { type OutsideSystems, outsideSystems } from './outsideSystems.ts'

// A saga as the worker drives it, and the system outside that it calls: a server of its own, which does what it is
// told once for each reference, and answers or does not.

const log = createLog({ service: 'test', level: 'silent' })
const tenantId = randomUUID()
const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'request-1' }

const payment: Saga = saga({
  ...{ name: 'payment', version: 1, owner: 'nobody', deadlineDays: 30 },
  startOn: { type: 'probe.Ordered', parse: (payload) => payload as { id: string } },
  correlateBy: ({ id }) => id,
})
  .external('reserve', {
    command: ({ start }) => external('bank', 'reserve', { of: start.id }),
    compensate: ({ start }) => external('bank', 'release', { of: start.id }),
  })
  .externalPivot('transfer', { command: ({ start }) => external('bank', 'transfer', { of: start.id }) })

/** What the bank does with a call: answers; does it and does not answer; is in trouble and does nothing. */
type Mood = 'well' | 'mute' | 'down'
let mood: (operation: string) => Mood
const calls: string[] = []
const done = new Map<string, string>()
const bank: Server = createServer(async (incoming, response) => {
  for await (const _ of incoming);
  const [, operation = '', reference = ''] = incoming.url?.split('/') ?? []
  calls.push(`${incoming.method} ${operation}`)
  if (mood(operation) === 'down') return void response.writeHead(503).end()
  if (incoming.method === 'PUT' && !done.has(reference)) done.set(reference, operation)
  if (mood(operation) === 'mute') return void incoming.socket.destroy()
  response.writeHead(done.has(reference) ? 200 : 404).end('{}')
})

let database: TestDatabase
let engine: pg.Pool
let store: Store
let systems: OutsideSystems
let coordinator: Coordinator
/** In the worker's hands since it was begun, until it goes on for the first time. */
let newborn: Instance | null
const pauses: number[] = []

beforeAll(async () => {
  await new Promise<void>((resolve) => bank.listen(0, '127.0.0.1', resolve))
  database = await testDatabase('processes')
  engine = poolOf(database.engineUrl)
  const knows = catalogOf([payment]).known
  store = openStore({ connectionString: database.engineUrl, max: 2, worker: 'w', leaseMs: 60_000, knows })
  await store.publish({ ...payment, hash: contentHash(payment), shape: shapeOf(payment) })
})
beforeEach(() => {
  mood = () => 'well'
  calls.length = 0
  done.clear()
  pauses.length = 0
})
afterAll(async () => {
  await Promise.all([coordinator?.stop(), systems?.close(), store?.close(), engine?.end()])
  bank.closeAllConnections()
  bank.close()
  await database?.drop()
})

/** A worker that has not met the bank before, and a saga of its own. */
async function begun(): Promise<string> {
  await Promise.all([coordinator?.stop(), systems?.close()])
  const url = `http://127.0.0.1:${(bank.address() as AddressInfo).port}`
  systems = outsideSystems([httpGateways({ bank: url })], { log, metrics: createMetrics('test') })
  coordinator = createCoordinator({
    ...{ store, log, send: systems.send, find: () => payment, renewMs: 60_000 },
    // Each pause is as long as it can be.
    random: () => 0.999_999,
    dispatch: async (_, delayMs) => void pauses.push(delayMs),
  })
  const id = randomUUID()
  const from = { tenantId, causedBy: cause, traceparent: null }
  const about = { definition: 'payment', version: 1, deadlineDays: 30, correlation: id, start: { id } }
  const instance = unborn(payment, { id }, from)
  const first = begin(payment, instance)
  const begun = await store.begin({ ...from, ...about, eventId: randomUUID(), first }, { inHand: true })
  if (!begun || begun === 'inactive' || begun.fence === null) throw new Error('nobody has it in hand')
  newborn = born(instance, first, { id: begun.id, fence: begun.fence })
  return begun.id
}

/** The server crashes before it is on the disk who has the saga in hand. */
async function forgotten(sagaId: string): Promise<void> {
  newborn = null
  await engine.query('update saga.instance set lease_owner = null, lease_until = null, fence = 0 where id = $1', [
    sagaId,
  ])
}

/** The pause is over: the saga goes as far as it gets, and this is how it stands then. */
async function goesOn(sagaId: string): Promise<string> {
  await engine.query('update saga.instance set next_run_at = now() where id = $1 and next_run_at is not null', [sagaId])
  const own = newborn
  newborn = null
  await (own ? coordinator.drive(own) : coordinator.run(sagaId))
  return (await engine.query('select state from saga.instance where id = $1', [sagaId])).rows[0].state
}

async function ordered(sagaId: string, kind: 'CANCEL' | 'REDRIVE'): Promise<void> {
  const order = `insert into saga.signal (tenant_id, saga_id, kind, sent_by) values ($1, $2, $3, '{}')`
  await engine.query(order, [tenantId, sagaId, kind])
  await store.admit()
}

describe('a step that calls a system outside', () => {
  it('whose answer was lost is settled by asking, and not called again', async () => {
    const sagaId = await begun()
    mood = () => 'mute'
    expect(await goesOn(sagaId)).toBe('RUNNING')
    mood = () => 'well'
    expect(await goesOn(sagaId)).toBe('COMPLETED')
    expect(calls).toEqual(['PUT reserve', 'GET reserve', 'PUT transfer'])
  })

  it('that is found under way is asked about first: the database may have forgotten who called it', async () => {
    const sagaId = await begun()
    await forgotten(sagaId)
    const held = await store.claim(sagaId)
    const step = held && currentStep(held)
    if (!step) throw new Error('nothing is under way')
    await systems.send(envelopeOf(held, step))
    await forgotten(sagaId)
    calls.length = 0
    expect(await goesOn(sagaId)).toBe('COMPLETED')
    // What begins in the same hands is its own, and need not be asked about.
    expect(calls).toEqual(['GET reserve', 'PUT transfer'])
  })

  it('that never arrived is called again, under the same reference', async () => {
    const sagaId = await begun()
    mood = () => 'down'
    await goesOn(sagaId)
    expect(done.size).toBe(0)
    mood = () => 'well'
    expect(await goesOn(sagaId)).toBe('COMPLETED')
    expect(calls).toEqual(['PUT reserve', 'GET reserve', 'PUT reserve', 'PUT transfer'])
    expect([...done.keys()]).toEqual(
      [`${sagaId}:reserve:forward:0`, `${sagaId}:transfer:forward:0`].map(encodeURIComponent),
    )
  })

  it('is called once for each sending: the saga alone tries again, after 200, 400 and 800 ms, and then on', async () => {
    const sagaId = await begun()
    mood = () => 'down'
    for (let sending = 0; sending < 4; sending++) await goesOn(sagaId)
    expect(calls).toEqual(['PUT reserve', 'GET reserve', 'GET reserve', 'GET reserve'])
    expect(pauses).toEqual([200, 400, 800, 1_600])
    // The fifth opens the breaker, and the sixth is no call any more.
    for (let sending = 0; sending < 2; sending++) await goesOn(sagaId)
    expect(calls).toHaveLength(5)
    expect(pauses.slice(4)).toEqual([3_200, 6_400])
  })

  it('is undone outside when nobody knows whether it was done', async () => {
    const sagaId = await begun()
    mood = () => 'mute'
    await goesOn(sagaId)
    await ordered(sagaId, 'CANCEL')
    mood = () => 'well'
    expect(await goesOn(sagaId)).toBe('COMPENSATED')
    expect([...done.values()]).toEqual(['reserve', 'release'])
  })

  it('is never undone as a pivot in doubt, but asked about until there is an answer', async () => {
    const sagaId = await begun()
    mood = (operation) => (operation === 'transfer' ? 'mute' : 'well')
    await goesOn(sagaId)
    await ordered(sagaId, 'CANCEL')
    expect(await goesOn(sagaId)).toBe('RUNNING')
    mood = () => 'well'
    expect(await goesOn(sagaId)).toBe('COMPLETED')
    expect([...done.values()]).toEqual(['reserve', 'transfer'])
    const { rows } = await engine.query('select outcome from saga.signal where saga_id = $1', [sagaId])
    expect(rows).toEqual([{ outcome: 'TOO_LATE' }])
  })

  it('that a person has begun again is still in doubt, and asked about first', async () => {
    const sagaId = await begun()
    mood = () => 'mute'
    await goesOn(sagaId)
    await engine.query(`update saga.step set attempts = 100 where saga_id = $1`, [sagaId])
    expect(await goesOn(sagaId)).toBe('STUCK')
    await ordered(sagaId, 'REDRIVE')
    mood = () => 'well'
    expect(await goesOn(sagaId)).toBe('COMPLETED')
    expect(calls).toEqual(['PUT reserve', 'GET reserve', 'PUT transfer'])
    // Another worker would know it as well: the sending before is counted in the row.
    const { rows } = await engine.query('select name, attempts from saga.step where saga_id = $1 order by seq', [
      sagaId,
    ])
    expect(rows).toEqual([
      { name: 'reserve', attempts: 2 },
      { name: 'transfer', attempts: 1 },
    ])
  })
})
