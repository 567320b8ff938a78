import { randomUUID } from 'node:crypto'
import { createLog } from '@steinmetz/kernel/telemetry'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { idOf } from '../testing/begun.ts'
import { poolOf } from '../testing/poolOf.ts'
import { catalogOf } from './catalog.ts'
import type { Envelope, Outcome } from './command.ts'
import { type Coordinator, type CoordinatorOptions, createCoordinator } from './coordinator.ts'
import { contentHash, shapeOf } from './definition.ts'
import { type Instance, unborn } from './instance.ts'
import { stay } from './move.ts'
import { type Saga, saga } from './saga.ts'
import { type Beginning, openStore, type Store } from './store.ts'
import { begin } from './transition.ts'

const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'request-1' }
const tenantId = randomUUID()
const command = (mutation: string) => ({ subgraph: 'probe', mutation, input: {} })
const named = (name: string, isolation: 'wait' | 'refuse') =>
  saga({
    ...{ name, version: 1, owner: 'nobody', subject: 'Probe', isolation, deadlineDays: 30 },
    startOn: { type: 'probe.Began', parse: (payload) => payload as { id: string } },
    correlateBy: ({ id }) => id,
  })
    .step('work', { command: () => command(`${name}-work`), compensate: () => command('undo') })
    .pivot('done', { command: () => command(`${name}-done`) })

const patient = named('patient', 'wait')
const other = named('other', 'wait')
const proud = named('proud', 'refuse')
const catalog = catalogOf([patient, other, proud])

let database: TestDatabase
let store: Store
let engine: pg.Pool
let coordinator: Coordinator
let sent: string[] = []
let answer: (envelope: Envelope) => Promise<Outcome>

const done: Outcome = { kind: 'done', answer: {} }

beforeAll(async () => {
  database = await testDatabase('processes')
  store = openStore({ connectionString: database.engineUrl, max: 2, worker: 'w', leaseMs: 300, knows: catalog.known })
  engine = poolOf(database.engineUrl)
  for (const one of catalog.all) await store.publish({ ...one, hash: contentHash(one), shape: shapeOf(one) })
})
afterAll(async () => {
  await coordinator?.stop()
  await Promise.all([store?.close(), engine?.end()])
  await database?.drop()
})

function work(renewMs = 100, more: Partial<CoordinatorOptions> = {}): void {
  sent = []
  answer = async () => done
  coordinator = createCoordinator({
    ...{ store, random: () => 0, find: catalog.find, dispatch: async () => {} },
    send: (envelope) => {
      sent.push(envelope.command.mutation)
      return answer(envelope)
    },
    log: createLog({ service: 'test', level: 'silent' }),
    renewMs,
    ...more,
  })
}

function beginning(definition: Saga, id: string, tenant: string): Beginning {
  const from = { tenantId: tenant, causedBy: cause, traceparent: null }
  const first = begin(definition, unborn(definition, { id }, from))
  const { name, version, deadlineDays } = definition
  const about = { definition: name, version, deadlineDays, correlation: id, start: { id }, eventId: randomUUID() }
  return { ...from, ...about, first }
}

async function beginOne(definition: Saga, id: string, tenant = tenantId): Promise<string> {
  return idOf(await store.begin(beginning(definition, id, tenant)))
}

const row = async (sagaId: string) =>
  (await engine.query('select * from saga.instance where id = $1', [sagaId])).rows[0]

describe('two sagas about one subject', () => {
  it('go one behind the other', async () => {
    work()
    const id = randomUUID()
    const [first, second] = [await beginOne(patient, id), await beginOne(other, id)]
    answer = async () => ({ kind: 'inDoubt', code: 'AWAY', message: 'away' })
    await coordinator.run(first)
    await coordinator.run(second)
    expect(await row(second)).toMatchObject({ state: 'WAITING', awaits: `lock:Probe:${id}` })

    answer = async () => done
    await coordinator.run(first)
    expect(await row(first)).toMatchObject({ state: 'COMPLETED' })
    await coordinator.run(second)
    expect(await row(second)).toMatchObject({ state: 'COMPLETED' })
    expect(sent).toEqual(['patient-work', 'patient-work', 'patient-done', 'other-work', 'other-done'])
    expect((await engine.query('select * from saga.semantic_lock')).rows).toEqual([])
  })

  it('do not keep each other when one gives up instead', async () => {
    work()
    const id = randomUUID()
    const [first, second] = [await beginOne(patient, id), await beginOne(proud, id)]
    answer = async () => ({ kind: 'inDoubt', code: 'AWAY', message: 'away' })
    await coordinator.run(first)
    await coordinator.run(second)
    expect(await row(second)).toMatchObject({ state: 'COMPENSATED', reason: { code: 'SUBJECT_BUSY', kind: 'refusal' } })
  })

  it('are woken when a lock was given back just before they began to wait', async () => {
    work()
    const id = randomUUID()
    const [first, second] = [await beginOne(patient, id), await beginOne(other, id)]
    answer = async () => ({ kind: 'inDoubt', code: 'AWAY', message: 'away' })
    await coordinator.run(first)
    await coordinator.run(second)
    await engine.query('delete from saga.semantic_lock where saga_id = $1', [first])
    expect((await row(second)).next_run_at > new Date()).toBe(true)
    await store.wake()
    answer = async () => done
    await coordinator.run(second)
    expect(await row(second)).toMatchObject({ state: 'COMPLETED' })
  })

  it('wait for nobody who is at work on another saga: what they pass by they come back to', async () => {
    work()
    const id = randomUUID()
    const [first, second] = [await beginOne(patient, id), await beginOne(other, id)]
    answer = async () => ({ kind: 'inDoubt', code: 'AWAY', message: 'away' })
    await coordinator.run(first)
    await coordinator.run(second)
    const busy = await engine.connect()
    await busy.query('begin')
    await busy.query('select from saga.instance where id = $1 for update', [second])
    answer = async () => done
    await engine.query('update saga.instance set next_run_at = now() where id = $1', [first])
    await coordinator.run(first)
    expect(await row(first)).toMatchObject({ state: 'COMPLETED' })
    await store.wake()
    await store.admit()
    await busy.query('commit')
    busy.release()
    await store.wake()
    await coordinator.run(second)
    expect(await row(second)).toMatchObject({ state: 'COMPLETED' })
  })

  it('leave no lock behind by a worker that slept until its saga had ended', async () => {
    work()
    const id = randomUUID()
    const sagaId = await beginOne(patient, id)
    const slept = await store.claim(sagaId)
    if (!slept) throw new Error('nobody holds it')
    await engine.query('update saga.instance set lease_until = now() where id = $1', [sagaId])
    await coordinator.run(sagaId)
    expect(await store.lock(slept, { resource: `Probe:${id}` })).toBe(false)
    expect((await engine.query('select * from saga.semantic_lock where saga_id = $1', [sagaId])).rows).toEqual([])
  })
})

describe('a tenant', () => {
  it('has no more sagas in hand than it may, and the next as soon as there is room', async () => {
    work()
    const options = { connectionString: database.engineUrl, max: 2, worker: 'w', leaseMs: 60_000, knows: catalog.known }
    const capped = openStore({ ...options, tenantAtMost: 2 })
    const tenant = randomUUID()
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => beginOne(patient, randomUUID(), tenant)))
    const claimed: Instance[] = []
    // One after the other: claims at the same moment do not see each other's.
    for (const id of ids) claimed.push(...[await capped.claim(id)].filter((one) => one !== null))
    expect(claimed).toHaveLength(2)
    const others = await beginOne(patient, randomUUID(), randomUUID())
    expect(await capped.claim(others)).not.toBeNull()
    const begin = (whose: string) => capped.begin(beginning(patient, randomUUID(), whose), { inHand: true })
    expect(await begin(randomUUID())).toMatchObject({ fence: expect.stringMatching(/^[1-9]/) })
    expect(await begin(tenant)).toMatchObject({ fence: null })

    const passedBy = ids.filter((id) => !claimed.some((one) => one.id === id))
    // What it has waiting does not stand before what others have.
    await engine.query('update saga.instance set dispatched_until = null where tenant_id = $1', [tenant])
    expect(await capped.due(1_000)).not.toContain(passedBy[0])
    const next = await capped.dueOf(tenant)
    expect(passedBy).toEqual(expect.arrayContaining([...next]))
    expect(next).toHaveLength(2)
    const [first] = claimed
    if (first) await capped.move(first, { ...stay(first), run: { at: 'after', ms: 60_000 } }, null)
    expect(await capped.claim(next[0] ?? '')).not.toBeNull()
    await capped.close()
  })

  it('has what was passed by go on, one behind the other, also while other workers have some in hand', async () => {
    const options = { connectionString: database.engineUrl, max: 2, worker: 'w', leaseMs: 60_000, knows: catalog.known }
    const capped = openStore({ ...options, tenantAtMost: 2 })
    work(100, { store: capped, tenantAtMost: 2, dispatch: async (id) => void coordinator.run(id) })
    const tenant = randomUUID()
    const begun = await Promise.all([1, 2, 3, 4, 5].map(() => beginOne(patient, randomUUID(), tenant)))
    const [elsewhere, first, ...passedBy] = begun as [string, string, ...string[]]
    expect(await capped.claim(elsewhere)).not.toBeNull()
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    answer = () => promise
    const running = coordinator.run(first)
    await vi.waitUntil(() => sent.length === 1)
    await Promise.all(passedBy.map(coordinator.run))
    expect(sent).toHaveLength(1)
    resolve(done)
    await running
    const ended = async () => (await Promise.all(passedBy.map(row))).every(({ state }) => state === 'COMPLETED')
    await vi.waitUntil(ended, { timeout: 5_000 })
    await coordinator.stop()
    await capped.close()
  })
})

describe('a worker', () => {
  it('keeps a saga in hand for as long as its command takes', async () => {
    work(50)
    const sagaId = await beginOne(patient, randomUUID())
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    answer = () => promise
    const running = coordinator.run(sagaId)
    await vi.waitUntil(() => sent.length === 1)
    const { lease_until: until, fence } = await row(sagaId)
    await vi.waitUntil(async () => (await row(sagaId)).lease_until > new Date(until.getTime() + 300), {
      timeout: 5_000,
    })
    resolve(done)
    await running
    expect(await row(sagaId)).toMatchObject({ state: 'COMPLETED', fence })
  })

  it('keeps what it has taken anew, also when it comes back from where it had lost it', async () => {
    work(50)
    const sagaId = await beginOne(patient, randomUUID())
    const answers = [Promise.withResolvers<Outcome>(), Promise.withResolvers<Outcome>()] as const
    answer = async () => answers[sent.length - 1]?.promise ?? done
    const lost = coordinator.run(sagaId)
    await vi.waitUntil(() => sent.length === 1)
    // A renewal may come between.
    await vi.waitUntil(async () => {
      await engine.query('update saga.instance set lease_until = now() where id = $1', [sagaId])
      await Promise.race([coordinator.run(sagaId), vi.waitUntil(() => sent.length === 2)])
      return sent.length === 2
    })
    answers[0].resolve(done)
    await lost
    const { lease_until: until, fence } = await row(sagaId)
    await vi.waitUntil(async () => (await row(sagaId)).lease_until > new Date(until.getTime() + 300), {
      timeout: 5_000,
    })
    answers[1].resolve(done)
    await vi.waitUntil(async () => (await row(sagaId)).state === 'COMPLETED')
    expect((await row(sagaId)).fence).toBe(fence)
  })

  it('hears of an order that came while a command went unanswered, before it asks again', async () => {
    work(100, { random: () => 0.5, retry: { firstMs: 3_600_000, mostMs: 3_600_000, attempts: 2 } })
    const sagaId = await beginOne(patient, randomUUID())
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    answer = () => promise
    const running = coordinator.run(sagaId)
    await vi.waitUntil(() => sent.length === 1)
    const cancel = `insert into saga.signal (tenant_id, saga_id, kind, sent_by) values ($1, $2, 'CANCEL', '{}')`
    await engine.query(cancel, [tenantId, sagaId])
    await store.admit()
    resolve({ kind: 'inDoubt', code: 'TIMEOUT', message: 'no answer' })
    await running
    answer = async () => done
    await coordinator.run(sagaId)
    expect(sent).toEqual(['patient-work', 'undo'])
    expect(await row(sagaId)).toMatchObject({ state: 'COMPENSATED' })
  })

  it('that stops has its step answered, starts no other, and gives the saga back', async () => {
    work()
    const sagaId = await beginOne(patient, randomUUID())
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    answer = () => promise
    const running = coordinator.run(sagaId)
    await vi.waitUntil(() => sent.length === 1)
    const stopped = coordinator.stop()
    resolve(done)
    await Promise.all([running, stopped])
    expect(sent).toEqual(['patient-work'])
    expect(await row(sagaId)).toMatchObject({ state: 'RUNNING', cursor: 2, lease_owner: null })
    work()
    await coordinator.run(sagaId)
    expect(sent).toEqual(['patient-done'])
  })

  it('tells a person of what is stuck, and why, and settles it when the saga goes on', async () => {
    work()
    const sagaId = await beginOne(patient, randomUUID())
    answer = async () => ({ kind: 'halted', code: 'KEY_REUSED', message: 'another input' })
    await coordinator.run(sagaId)
    const letters = () =>
      engine.query('select code, type, settled_at, outcome from saga.dead_letter where saga_id = $1', [sagaId])
    expect(await row(sagaId)).toMatchObject({ state: 'STUCK', error: { code: 'KEY_REUSED' } })
    expect((await letters()).rows).toMatchObject([{ code: 'KEY_REUSED', type: 'probe.patient-work', settled_at: null }])

    await engine.query(`insert into saga.signal (tenant_id, saga_id, kind, sent_by) values ($1, $2, 'REDRIVE', '{}')`, [
      tenantId,
      sagaId,
    ])
    await store.admit()
    answer = async () => done
    await coordinator.run(sagaId)
    expect(await row(sagaId)).toMatchObject({ state: 'COMPLETED', error: null })
    expect((await letters()).rows).toMatchObject([{ outcome: 'REDRIVEN', settled_at: expect.any(Date) }])
  })
})
