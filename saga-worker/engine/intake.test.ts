import { randomUUID } from 'node:crypto'
import { fault } from '@steinmetz/kernel/errors'
import type { Message } from '@steinmetz/kernel/outbox'
import { createLog } from '@steinmetz/kernel/telemetry'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { probe } from '../testing/faultModel.ts'
import { poolOf } from '../testing/poolOf.ts'
import { catalogOf } from './catalog.ts'
import { contentHash, shapeOf } from './definition.ts'
import type { Instance } from './instance.ts'
import { createIntake, type Intake } from './intake.ts'
import { statements } from './statements.ts'
import { openStore, type Store } from './store.ts'

const log = createLog({ service: 'test', level: 'silent' })
const catalog = catalogOf([probe])
const tenantId = randomUUID()

let database: TestDatabase
let store: Store
let engine: pg.Pool
const dispatched: string[] = []
const driven: Instance[] = []
let handFree = false
let onDispatch = async () => {}

beforeAll(async () => {
  database = await testDatabase('processes')
  store = openStore({
    connectionString: database.engineUrl,
    max: 2,
    worker: 'w',
    leaseMs: 60_000,
    knows: catalog.known,
  })
  engine = poolOf(database.engineUrl)
  await store.publish({ ...probe, hash: contentHash(probe), shape: shapeOf(probe) })
})
afterAll(async () => {
  await Promise.all([store?.close(), engine?.end()])
  await database?.drop()
})

const intakeOf = (backlogAtMost?: number, changed: Partial<Store> = {}): Intake =>
  createIntake({
    ...{ store: { ...store, ...changed }, catalog, log, decided: 'approvals.ApprovalDecided' },
    hands: { free: () => handFree, drive: (instance) => void driven.push(instance) },
    async dispatch(id) {
      dispatched.push(id)
      await onDispatch()
    },
    ...(backlogAtMost !== undefined && { backlogAtMost }),
  })

function began(id = randomUUID()): Message {
  const causedBy = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'request-1' }
  const about = { id: randomUUID(), type: 'probe.Began', tenantId, aggregateId: id, payload: { id } }
  return { ...about, causedBy, occurredAt: '2026-11-23T12:00:00.000Z', traceparent: null }
}

const sagas = async (correlation: string) =>
  (
    await engine.query('select id, definition_version as version from saga.instance where correlation = $1', [
      correlation,
    ])
  ).rows

describe('an event', () => {
  it('begins a saga and has it looked at, once, however often it comes', async () => {
    const intake = intakeOf()
    const event = began()
    await intake.handle(event)
    await intake.handle(event)
    const [begun, ...others] = await sagas(event.aggregateId)
    expect(others).toEqual([])
    expect(dispatched).toEqual([begun.id])
  })

  it('begins a saga in the hands of the worker that has one free, as if it had claimed it', async () => {
    const event = began()
    handFree = true
    await intakeOf().handle(event)
    handFree = false
    const [begun] = await sagas(event.aggregateId)
    expect(dispatched).not.toContain(begun.id)
    const [instance] = driven
    if (!instance) throw new Error('nobody drives it')
    expect(await store.claim(begun.id)).toBeNull()
    await engine.query(`update saga.instance set lease_until = now() where id = $1`, [begun.id])
    const claimed = await store.claim(begun.id)
    expect(BigInt(claimed?.fence ?? 0)).toBeGreaterThan(BigInt(instance.fence))
    // What was in doubt has become one more attempt, and may have been sent; the rest is as a claim reads it.
    const steps = claimed?.steps.map((step) => ({ ...step, attempts: 0, unsent: true }))
    expect({ ...claimed, steps, fence: '' }).toEqual({ ...instance, fence: '' })
  })

  it('stays on the bus while too many sagas of its kind wait for a worker', async () => {
    const intake = intakeOf(1)
    await intake.refresh()
    const event = began()
    await expect(intake.handle(event)).rejects.toMatchObject({ code: 'BACKLOG_FULL' })
    expect(await sagas(event.aggregateId)).toEqual([])
    await engine.query(`update saga.instance set next_run_at = now() + interval '1 hour'`)
    await intake.refresh()
    await intake.handle(event)
    expect(await sagas(event.aggregateId)).toHaveLength(1)
  })

  it('begins on the version that is active, and waits for a worker that knows it', async () => {
    const intake = intakeOf()
    await intake.handle(began())
    await engine.query(`update saga.definition set status = 'DRAINING' where name = 'probe'`)
    await engine.query(
      `insert into saga.definition (name, version, owner, content_hash, shape, status)
       values ('probe', 2, 'nobody', '', '{}', 'ACTIVE')`,
    )
    await expect(intake.handle(began())).rejects.toMatchObject({ code: 'DEFINITION_UNKNOWN' })
    await engine.query(`update saga.definition set status = 'PUBLISHED' where version = 2`)
    await engine.query(`update saga.definition set status = 'ACTIVE' where version = 1`)
    await intake.refresh()
    const event = began()
    await intake.handle(event)
    expect(await sagas(event.aggregateId)).toMatchObject([{ version: 1 }])
  })

  it('of a decision that no saga waits for changes nothing', async () => {
    const decision = { requestId: 'r', policy: 'probe', subjectType: 'Probe', subjectId: 'x', verdict: 'APPROVED' }
    const before = dispatched.length
    await intakeOf().handle({ ...began(), type: 'approvals.ApprovalDecided', payload: decision })
    expect(dispatched).toHaveLength(before)
  })
})

describe('an event that was put aside', () => {
  const outcomes = async ({ aggregateId }: Message) => {
    const text = 'select outcome from saga.dead_letter where tenant_id = $1 and aggregate_id = $2 order by id'
    return (await engine.query(text, [tenantId, aggregateId])).rows.map((row) => row.outcome)
  }
  const orderOf = ({ id }: Message, kind: 'REDRIVE' | 'SKIP') =>
    engine.query(
      `insert into saga.signal (tenant_id, dead_letter_id, kind, note, sent_by)
       select tenant_id, id, $2, 'why', '{}' from saga.dead_letter where reference = $1`,
      [id, kind],
    )

  it('is digested with those behind it, also with one that comes just then', async () => {
    const first = began()
    const [second, third] = [1, 2].map(() => ({ ...began(), aggregateId: first.aggregateId })) as [Message, Message]
    await store.bury(first, { code: 'TypeError', message: 'could not be digested' })
    const intake = intakeOf()
    await intake.handle(second)
    expect(await outcomes(first)).toEqual([null, null])
    await orderOf(first, 'REDRIVE')
    let came: Promise<void> | undefined
    onDispatch = () => {
      came ??= intake.handle(third)
      return came
    }
    await intake.refresh()
    expect(await outcomes(first)).toEqual(['REDRIVEN', 'REDRIVEN', 'REDRIVEN'])
  })

  it('is not called skipped where it was digested before the order to skip it had its turn', async () => {
    const first = began()
    const second = { ...began(), aggregateId: first.aggregateId }
    for (const event of [first, second]) await store.bury(event, { code: 'TypeError', message: 'not digested' })
    await orderOf(first, 'REDRIVE')
    await orderOf(second, 'SKIP')
    await intakeOf().refresh()
    expect(await outcomes(first)).toEqual(['REDRIVEN', 'REDRIVEN'])
    const { rows } = await engine.query(
      `select s.kind, s.outcome from saga.signal s join saga.dead_letter d on d.id = s.dead_letter_id
       where d.aggregate_id = $1 order by s.id`,
      [first.aggregateId],
    )
    expect(rows).toEqual([
      { kind: 'REDRIVE', outcome: 'REDRIVEN' },
      { kind: 'SKIP', outcome: 'TOO_LATE' },
    ])
  })

  it('has those behind it follow also where that was broken off, a minute later', async () => {
    for (const kind of ['REDRIVE', 'SKIP'] as const) {
      const first = began()
      const second = { ...began(), aggregateId: first.aggregateId }
      for (const event of [first, second]) await store.bury(event, { code: 'TypeError', message: 'not digested' })
      await orderOf(first, kind)
      const broken = intakeOf(undefined, {
        async begin(beginning) {
          if (beginning.eventId === second.id) throw fault('DATABASE_UNAVAILABLE', 'no answer')
          return store.begin(beginning)
        },
      })
      await expect(broken.refresh()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
      await engine.query(`update saga.signal set admitted_at = admitted_at - interval '1 minute'`)
      await intakeOf().refresh()
      const outcome = kind === 'SKIP' ? 'SKIPPED' : 'REDRIVEN'
      expect(await outcomes(first)).toEqual([outcome, 'REDRIVEN'])
      const { rows } = await engine.query('select outcome from saga.signal where kind = $1 order by id desc limit 1', [
        kind,
      ])
      expect(rows).toEqual([{ outcome }])
    }
  })

  it('holds up none that comes when it has just been digested', async () => {
    const first = began()
    const second = { ...began(), aggregateId: first.aggregateId }
    await store.bury(first, { code: 'TypeError', message: 'could not be digested' })
    await orderOf(first, 'REDRIVE')
    const late = intakeOf(undefined, {
      async blocked(aggregate) {
        const blocked = await store.blocked(aggregate)
        await intakeOf().refresh()
        return blocked
      },
    })
    await late.handle(second)
    expect(await outcomes(first)).toEqual(['REDRIVEN'])
    expect(await sagas((second.payload as { id: string }).id)).toHaveLength(1)
  })

  it('is not settled while another is being put behind it, and is followed by that one', async () => {
    const first = began()
    const { type, aggregateId } = first
    await store.bury(first, { code: 'TypeError', message: 'could not be digested' })
    await orderOf(first, 'REDRIVE')
    const late = { ...began(), aggregateId }
    const burying = await engine.connect()
    await burying.query('begin')
    await burying.query(statements.buryBehind, [tenantId, late.id, type, aggregateId, 'BEHIND', 'it waits', late, null])
    const redriving = intakeOf().refresh()
    const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect((await engine.query(waiting)).rows).toHaveLength(1))
    expect(await sagas((first.payload as { id: string }).id)).toHaveLength(1)
    await burying.query('commit')
    burying.release()
    await redriving
    expect(await outcomes(first)).toEqual(['REDRIVEN', 'REDRIVEN'])
  })
})
