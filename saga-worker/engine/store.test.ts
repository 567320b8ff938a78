import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { idOf } from '../testing/begun.ts'
import { probe } from '../testing/faultModel.ts'
import { poolOf } from '../testing/poolOf.ts'
import { contentHash, shapeOf } from './definition.ts'
import { currentStep, keyOf, unborn } from './instance.ts'
import { stay } from './move.ts'
import { statements } from './statements.ts'
import { openStore, type Store } from './store.ts'
import { begin } from './transition.ts'

const leaseMs = 60_000
const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'request-1' }
const definition = { ...probe, hash: contentHash(probe), shape: shapeOf(probe) }

let database: TestDatabase
let store: Store
let other: Store
let engine: pg.Pool
let service: pg.Pool

beforeAll(async () => {
  database = await testDatabase('processes')
  const options = { connectionString: database.engineUrl, max: 2, leaseMs, knows: ['probe@1'] }
  store = openStore({ ...options, worker: 'one' })
  other = openStore({ ...options, worker: 'two' })
  engine = poolOf(database.engineUrl)
  service = poolOf(database.serviceUrl)
  await store.publish(definition)
})
afterAll(async () => {
  await Promise.all([store?.close(), other?.close(), engine?.end(), service?.end()])
  await database?.drop()
})

async function beginOne(tenantId = randomUUID(), id = randomUUID(), eventId = randomUUID()) {
  const from = { tenantId, causedBy: cause, traceparent: null }
  const first = begin(probe, unborn(probe, { id }, from))
  const named = { definition: 'probe', version: 1, deadlineDays: 30, correlation: id, start: { id } }
  const begun = await store.begin({ ...from, ...named, eventId, first })
  return { begun, sagaId: idOf(begun), tenantId, id, eventId }
}

/** So many statements wait for somebody else's transaction. */
async function stalled(n: number): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await vi.waitFor(async () => expect((await engine.query(waiting)).rows).toHaveLength(n))
}

/** As the service sees it, for one tenant. */
async function asTenant(tenantId: string, text: string, values: unknown[] = []) {
  const client = await service.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('app.tenant', $1, true)`, [tenantId])
    return (await client.query(text, values)).rows
  } finally {
    await client.query('commit')
    client.release()
  }
}

describe('a saga begins', () => {
  it('once for each thing it is about, however often the event comes', async () => {
    const first = await beginOne()
    expect(first.sagaId).not.toBe('')
    expect((await beginOne(first.tenantId, first.id, first.eventId)).sagaId).toBe('')
    expect((await beginOne(first.tenantId, first.id)).sagaId).toBe('')
    expect((await beginOne(randomUUID(), first.id)).sagaId).not.toBe('')
  })

  it('on an active version only', async () => {
    await engine.query(`update saga.definition set status = 'DRAINING'`)
    expect((await beginOne()).sagaId).toBe('inactive')
    await engine.query(`update saga.definition set status = 'ACTIVE'`)
  })

  it('with its first step written before it is sent', async () => {
    const { sagaId } = await beginOne()
    const { rows } = await engine.query('select * from saga.step where saga_id = $1', [sagaId])
    expect(rows).toMatchObject([
      { seq: 0, direction: 'FORWARD', status: 'STARTED', command: { subgraph: 'engine', mutation: 'acquireLock' } },
    ])
  })
})

describe('a saga in hand', () => {
  it('is in nobody else’s, until the lease has run out', async () => {
    const { sagaId } = await beginOne()
    const [mine, theirs] = await Promise.all([store.claim(sagaId), other.claim(sagaId)])
    expect([mine, theirs].filter(Boolean)).toHaveLength(1)
    await engine.query(`update saga.instance set lease_until = now() - interval '1 ms' where id = $1`, [sagaId])
    const next = await other.claim(sagaId)
    expect(next).toMatchObject({ steps: [{ attempts: 1 }] })
    expect(Number(next?.fence)).toBeGreaterThan(Number((mine ?? theirs)?.fence))
    const { rows } = await engine.query('select outcome, worker from saga.attempt where saga_id = $1', [sagaId])
    expect(rows).toEqual([{ outcome: 'LOST', worker: mine ? 'one' : 'two' }])
  })

  it('has a fence that was never given away before, even by a claim that a crash took back', async () => {
    const { sagaId } = await beginOne()
    const crashed = await store.claim(sagaId)
    await engine.query('update saga.instance set fence = 0, lease_owner = null, lease_until = null where id = $1', [
      sagaId,
    ])
    expect((await other.claim(sagaId))?.fence).not.toBe(crashed?.fence)
  })

  it('is never read half before and half behind a move that came in between', async () => {
    const { sagaId } = await beginOne()
    // One worker is held up between the rows it sees and the one it locks. Another takes the saga and gives it back.
    const gate = await engine.connect()
    const slow = openStore({
      ...{ connectionString: database.engineUrl, max: 1, worker: 'slow', leaseMs, knows: ['probe@1'] },
      statements: {
        ...statements,
        claim: statements.claim.replace('w.nth +', '(select pg_advisory_xact_lock_shared(7)) is not null and w.nth +'),
      },
    })
    await gate.query('select pg_advisory_lock(7)')
    const claiming = slow.claim(sagaId)
    await vi.waitFor(async () => {
      const { rows } = await engine.query(
        `select from pg_locks where locktype = 'advisory' and objid = 7 and not granted`,
      )
      expect(rows).toHaveLength(1)
    })
    const held = await store.claim(sagaId)
    if (!held) throw new Error('nobody holds it')
    const command = { subgraph: 'probe', mutation: 'next', input: {} }
    const starts = { seq: 1, direction: 'FORWARD', name: 'next', kind: 'step', round: 0, command } as const
    await store.move(held, { ...stay(held), cursor: 1, starts, run: { at: 'yield' } }, null)
    await gate.query('select pg_advisory_unlock(7)')
    gate.release()
    const claimed = (await claiming) ?? (await other.claim(sagaId))
    await slow.close()
    expect(claimed).toMatchObject({ cursor: 1, moves: 1 })
    expect(claimed && currentStep(claimed)).toMatchObject({ name: 'next', command })
  })

  it('is moved by a commit that is on the disk; only who has what in hand may be forgotten', async () => {
    const held = await store.claim((await beginOne()).sagaId)
    if (!held) throw new Error('nobody holds it')
    // Whether the connection leaves it to the server, which waits for the disk, or says itself that it need not.
    const setting = "from pg_settings where name = 'synchronous_commit'"
    const asking = openStore({
      ...{ connectionString: database.engineUrl, max: 1, worker: 'one', leaseMs, knows: [] },
      statements: {
        ...statements,
        move: `select $1::json -> 0 ->> 'sagaId' as id, source as signals ${setting}`,
        admit: `select source as id ${setting}`,
        due: `select source as id ${setting} and $1::int < $2::int`,
      },
    })
    expect(await asking.due(1)).toEqual(['client'])
    expect((await asking.move(held, stay(held), null))?.signals).not.toBe('client')
    expect(await asking.admit()).not.toEqual(['client'])
    await asking.close()
  })

  it('is told that it has moved by whoever asks again while the first time is still under way', async () => {
    const { sagaId } = await beginOne()
    const held = await store.claim(sagaId)
    if (!held) throw new Error('nobody holds it')
    const busy = await engine.connect()
    await busy.query('begin')
    await busy.query('select from saga.instance where id = $1 for update', [sagaId])
    const trouble = { code: 'KEY_REUSED', message: 'another input' }
    const move = { ...stay(held), state: 'STUCK', run: { at: 'never' }, trouble } as const
    const first = store.move(held, move, null)
    await stalled(1)
    // Its connection broke, the statement goes on.
    const again = other.move(held, move, null)
    await stalled(2)
    await busy.query('commit')
    busy.release()
    expect(await first).toMatchObject({ due: false })
    expect(await again).toMatchObject({ due: false })
  })

  it('is kept by a renewal, by its holder only', async () => {
    const { sagaId } = await beginOne()
    const held = await store.claim(sagaId)
    if (!held) throw new Error('not claimed')
    const until = async () =>
      (await engine.query('select lease_until from saga.instance where id = $1', [sagaId])).rows[0].lease_until
    const before = await until()
    await store.renew([{ id: sagaId, fence: '0' }])
    expect(await until()).toEqual(before)
    await store.renew([held])
    expect((await until()) > before).toBe(true)
  })

  it('is taken, kept, and given its locks also while an order about it is just being written', async () => {
    const { sagaId, tenantId } = await beginOne()
    const operator = await engine.connect()
    await operator.query('begin')
    const order = `insert into saga.signal (tenant_id, saga_id, kind, sent_by) values ($1, $2, 'CANCEL', '{}')`
    await operator.query(order, [tenantId, sagaId])
    const held = await store.claim(sagaId)
    const until = async () =>
      (await engine.query('select lease_until from saga.instance where id = $1', [sagaId])).rows[0].lease_until
    const before = await until()
    if (held) await store.renew([held])
    const after = await until()
    const locked = held && (await store.lock(held, { resource: sagaId }).catch(() => null))
    await operator.query('commit')
    operator.release()
    expect(held).not.toBeNull()
    expect(after > before).toBe(true)
    expect(locked).toBe(true)
  })

  it('is of a version that the worker knows', async () => {
    const { sagaId } = await beginOne()
    const stranger = openStore({
      connectionString: database.engineUrl,
      max: 1,
      leaseMs,
      knows: ['probe@2'],
      worker: 'x',
    })
    expect(await stranger.claim(sagaId)).toBeNull()
    await stranger.close()
    expect(await store.claim(sagaId)).not.toBeNull()
  })

  it('is found when it is due, once for as long as a job may be on its way', async () => {
    const { sagaId } = await beginOne()
    expect(await store.due(1_000)).not.toContain(sagaId)
    await engine.query(`update saga.instance set dispatched_until = now() where id = $1`, [sagaId])
    expect(await store.due(1_000)).toContain(sagaId)
    expect(await other.due(1_000)).not.toContain(sagaId)
  })
})

describe('a saga that waits for a date', () => {
  it('is found when it has come, by the clock of the database', async () => {
    const { sagaId } = await beginOne()
    const claimed = await store.claim(sagaId)
    if (!claimed) throw new Error('nobody holds it')
    const command = { subgraph: 'clock', mutation: 'wait', input: {} }
    const starts = {
      seq: 1,
      direction: 'FORWARD',
      name: 'wait',
      kind: 'timer',
      round: 0,
      command,
      status: 'WAITING',
    } as const
    const time = new Date(Date.now() + 300).toISOString()
    const move = { ...stay(claimed), cursor: 1, state: 'WAITING', starts, run: { at: 'time', time } } as const
    expect(await store.move(claimed, move, null)).toMatchObject({ due: false })
    expect(await store.claim(sagaId)).toBeNull()
    await vi.waitUntil(async () => (await store.due(1_000)).includes(sagaId), { timeout: 5_000 })
    expect(await store.claim(sagaId)).toMatchObject({ reached: true, state: 'WAITING', overdue: false })
  })
})

describe('the tables', () => {
  it('name a step as the engine does', async () => {
    const { sagaId } = await beginOne()
    const { rows } = await engine.query('select idempotency_key as key from saga.step where saga_id = $1', [sagaId])
    expect(rows).toEqual([{ key: keyOf(sagaId, { name: 'isolation', direction: 'FORWARD', round: 0 }) }])
  })

  it('take no saga that rolls back behind its pivot', async () => {
    const { sagaId } = await beginOne()
    const back = engine.query(`update saga.instance set pivot_passed = true, direction = 'BACKWARD' where id = $1`, [
      sagaId,
    ])
    await expect(back).rejects.toThrow('no_way_back_behind_the_pivot')
  })

  it('take a version that two workers publish at the same moment', async () => {
    const twin = { ...definition, name: 'twin' }
    const first = await engine.connect()
    await first.query('begin')
    const { name, version, owner, subject, hash, shape } = twin
    await first.query(statements.publish, [name, version, owner, subject, hash, shape])
    const others = Promise.allSettled([store.publish(twin), other.publish({ ...twin, hash: Buffer.alloc(32) })])
    await stalled(2)
    await first.query('commit')
    first.release()
    expect(await others).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'DEFINITION_CHANGED' } }])
  })

  it('refuse a published version that has changed', async () => {
    await expect(store.publish(definition)).resolves.toBeUndefined()
    const changed = { ...definition, hash: Buffer.alloc(32) }
    await expect(store.publish(changed)).rejects.toMatchObject({ code: 'DEFINITION_CHANGED' })
  })
})

describe('the service', () => {
  it('sees the sagas of its tenant, and none without a tenant', async () => {
    const { tenantId, sagaId } = await beginOne()
    expect(await asTenant(tenantId, 'select id from saga.instance')).toEqual([{ id: sagaId }])
    expect(await asTenant(tenantId, 'select saga_id from saga.step')).toEqual([{ saga_id: sagaId }])
    expect(await asTenant(randomUUID(), 'select id from saga.instance')).toEqual([])
    expect((await service.query('select id from saga.instance')).rows).toEqual([])
  })

  it('changes nothing of a saga', async () => {
    const { tenantId } = await beginOne()
    await expect(asTenant(tenantId, `update saga.instance set state = 'STUCK'`)).rejects.toThrow('permission denied')
    await expect(asTenant(tenantId, `update saga.signal set outcome = 'x'`)).rejects.toThrow('permission denied')
    await expect(asTenant(tenantId, 'delete from saga.step')).rejects.toThrow('permission denied')
  })

  it('gives orders to sagas of its tenant only, and no decisions', async () => {
    const { tenantId, sagaId } = await beginOne()
    const order = `insert into saga.signal (tenant_id, saga_id, kind, note, sent_by) values ($1, $2, $3, 'why', '{}')`
    await expect(asTenant(tenantId, order, [tenantId, sagaId, 'CANCEL'])).resolves.toEqual([])
    const stranger = randomUUID()
    await expect(asTenant(stranger, order, [stranger, sagaId, 'CANCEL'])).rejects.toThrow('foreign key')
    await expect(asTenant(stranger, order, [tenantId, sagaId, 'CANCEL'])).rejects.toThrow('row-level security')
    await expect(asTenant(tenantId, order, [tenantId, sagaId, 'DECISION'])).rejects.toThrow('row-level security')
  })

  it('must say why a step is skipped', async () => {
    const { tenantId, sagaId } = await beginOne()
    const skip = `insert into saga.signal (tenant_id, saga_id, kind, note, sent_by) values ($1, $2, 'SKIP', ' ', '{}')`
    await expect(asTenant(tenantId, skip, [tenantId, sagaId])).rejects.toThrow('check constraint')
  })

  it('is told that an order for a saga that has ended came too late', async () => {
    const { tenantId, sagaId } = await beginOne()
    await engine.query(
      `update saga.instance set state = 'COMPLETED', finished_at = now(), next_run_at = null where id = $1`,
      [sagaId],
    )
    const order = `insert into saga.signal (tenant_id, saga_id, kind, sent_by) values ($1, $2, 'CANCEL', '{}')`
    await asTenant(tenantId, order, [tenantId, sagaId])
    expect(await store.admit()).not.toContain(sagaId)
    const told = await asTenant(tenantId, 'select outcome from saga.signal where saga_id = $1', [sagaId])
    expect(told).toEqual([{ outcome: 'TOO_LATE' }])
  })
})
