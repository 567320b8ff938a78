import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type Accounts,
  accountSagas,
  accountWorker,
  beginOn,
  type Kind,
  openAccounts,
  publishAccountSagas,
} from '../testing/accounts.ts'
import { poolOf } from '../testing/poolOf.ts'
import type { Coordinator } from './coordinator.ts'
import type { Lock } from './lock.ts'
import { openStore, type Store } from './store.ts'

const tenantId = randomUUID()
let database: TestDatabase
let store: Store
let engine: pg.Pool
let accounts: Accounts
let worker: Coordinator
let account: string

beforeAll(async () => {
  database = await testDatabase('processes')
  const knows = accountSagas.known
  store = openStore({ connectionString: database.engineUrl, max: 4, worker: 'w', leaseMs: 60_000, knows })
  engine = poolOf(database.engineUrl)
  await publishAccountSagas(store)
})
beforeEach(() => {
  accounts = openAccounts()
  worker = accountWorker(store, accounts.send)
  account = randomUUID()
})
afterAll(async () => {
  await worker?.stop()
  await Promise.all([store?.close(), engine?.end()])
  await database?.drop()
})

const begin = (kind: Kind, also: readonly Lock[] = []) => beginOn(store, kind, account, { tenantId, also })
const run = (...sagas: string[]) => Promise.all(sagas.map((one) => worker.run(one)))

/** Begins one that takes its lock and then goes unanswered: it stays at work until it is run again. */
async function atWork(kind: Kind, also?: readonly Lock[]): Promise<string> {
  const sagaId = await begin(kind, also)
  accounts.next.set(sagaId, ['unanswered'])
  await run(sagaId)
  return sagaId
}

/** Begins one and lets it go as far as it comes. */
async function begun(kind: Kind, also?: readonly Lock[]): Promise<string> {
  const sagaId = await begin(kind, also)
  await run(sagaId)
  return sagaId
}

async function states(...sagas: string[]): Promise<string[]> {
  const { rows } = await engine.query('select id, state from saga.instance where id = any($1)', [sagas])
  return sagas.map((id) => rows.find((row) => row.id === id)?.state)
}

/** Which of these would be looked at now. */
async function awake(...sagas: string[]): Promise<string[]> {
  const { rows } = await engine.query('select id from saga.instance where id = any($1) and next_run_at <= now()', [
    sagas,
  ])
  return sagas.filter((id) => rows.some((row) => row.id === id))
}

const locks = async () =>
  (
    await engine.query(
      `select commutes_as, holders from saga.semantic_lock where tenant_id = $1 and resource = 'Account:' || $2`,
      [tenantId, account],
    )
  ).rows

describe('two sagas on one account', () => {
  /** Both begin to work before either of them is done, if that is possible; then both end. */
  const both = async (kind: Kind) => {
    const sagas = [await atWork(kind), await atWork(kind)]
    const together = accounts.atWork.size
    for (let round = 0; round < 3; round++) await run(...sagas)
    expect(await states(...sagas)).toEqual(['COMPLETED', 'COMPLETED'])
    return { together, balance: accounts.balances.get(account) }
  }

  it('lose a change where nothing keeps them apart', async () => {
    const sagas = await Promise.all([begin('careless'), begin('careless')])
    for (const one of sagas) accounts.next.set(one, ['answered', 'unanswered'])
    await run(...sagas)
    await run(...sagas)
    expect(accounts.balances.get(account)).toBe(1)
  })

  it('lose none where one sets what it has read: they go one behind the other', async () => {
    expect(await both('setting')).toEqual({ together: 1, balance: 2 })
  })

  it('lose none and do not wait where both only add: they go side by side', async () => {
    expect(await both('booking')).toEqual({ together: 2, balance: 2 })
  })
})

describe('a lock that is shared', () => {
  it('keeps out who wants it alone, until the last of them has ended', async () => {
    const sharing = [await atWork('booking'), await atWork('booking')] as const
    expect(await locks()).toEqual([{ commutes_as: 'booking', holders: 2 }])
    const alone = await begun('setting')
    await run(sharing[0])
    expect(await locks()).toEqual([{ commutes_as: 'booking', holders: 1 }])
    await store.wake()
    expect(await awake(alone)).toEqual([])
    await run(alone)
    expect(await states(sharing[0], alone)).toEqual(['COMPLETED', 'WAITING'])
    await run(sharing[1])
    expect(await awake(alone)).toEqual([alone])
    await run(alone)
    expect(await states(alone)).toEqual(['COMPLETED'])
    expect(await locks()).toEqual([])
  })

  it('keeps out those whose changes commute among themselves only', async () => {
    await atWork('booking')
    expect(await states(await begun('booking'), await begun('counting'))).toEqual(['COMPLETED', 'WAITING'])
  })

  it('keeps out who would rather give up than wait, unless it commutes', async () => {
    await atWork('booking')
    const sagas = [await begun('hasty'), await begun('hastyBooking')]
    expect(await states(...sagas)).toEqual(['COMPENSATED', 'COMPLETED'])
  })

  it('is given back by one that is rolled back, too', async () => {
    const sharing = [await atWork('booking'), await atWork('booking')] as const
    for (const one of sharing) accounts.next.set(one, ['refused'])
    await run(...sharing)
    expect(await states(...sharing)).toEqual(['COMPENSATED', 'COMPENSATED'])
    expect(await locks()).toEqual([])
  })

  it('counts each saga once, however often it takes it', async () => {
    const [first, second] = [await begin('booking'), await begin('booking')]
    const resource = { resource: `Account:${account}`, commutesAs: 'booking' }
    for (const one of [first, second, first]) {
      const held = await store.claim(one)
      // What is asked twice at the same moment may fail, but is not counted twice.
      if (held) await Promise.allSettled([store.lock(held, resource), store.lock(held, resource)])
      await engine.query('update saga.instance set lease_until = now() where id = $1', [one])
    }
    expect(await locks()).toEqual([{ commutes_as: 'booking', holders: 2 }])
    await run(first, second)
    expect(await locks()).toEqual([])
  })

  it('is taken by nobody who has not the saga in hand, nor for one that has ended', async () => {
    const resource = { resource: `Account:${account}`, commutesAs: 'booking' }
    const sagaId = await begin('booking')
    const claim = async () => {
      await engine.query('update saga.instance set lease_until = now() where id = $1', [sagaId])
      const held = await store.claim(sagaId)
      if (!held) throw new Error('nobody holds it')
      return held
    }
    const [slept, awoken] = [await claim(), await claim()]
    expect(await store.lock(slept, resource)).toBe(false)
    expect(await locks()).toEqual([])
    await engine.query(`update saga.instance set ${ended} where id = $1`, [sagaId])
    expect(await store.lock(awoken, resource)).toBe(false)
    expect(await locks()).toEqual([])
  })

  it('is taken from nobody who shares it, whatever a statement gets wrong', async () => {
    await atWork('booking')
    const gone = engine.query(`delete from saga.semantic_lock where resource = 'Account:' || $1`, [account])
    await expect(gone).rejects.toThrow('foreign key')
  })

  it('is not had while a saga holds it alone by a worker of before, which knows of no sharing', async () => {
    const former = await begin('setting')
    await engine.query('insert into saga.semantic_lock (tenant_id, resource, saga_id) values ($1, $2, $3)', [
      ...[tenantId, `Account:${account}`, former],
    ])
    const waiting = await begun('booking')
    expect(await states(waiting)).toEqual(['WAITING'])
    await run(former)
    expect(await awake(waiting)).toEqual([waiting])
  })
})

describe('several locks', () => {
  const first = { resource: 'AAA', commutesAs: 'booking' }

  it('are given back in the order they are taken in, too: who does otherwise meets another half way', async () => {
    const sagaId = await atWork('booking', [first])
    const other = await engine.connect()
    await other.query('begin')
    await other.query('select from saga.semantic_lock where resource = $1 for update', [first.resource])
    const running = run(sagaId)
    await vi.waitUntil(async () => (await engine.query(stalled)).rows.length > 0)
    const last = `select from saga.semantic_lock where resource = 'Account:' || $1 for update nowait`
    await expect(other.query(last, [account])).resolves.toMatchObject({ rowCount: 1 })
    await other.query('commit')
    other.release()
    await running
    expect(await states(sagaId)).toEqual(['COMPLETED'])
  })

  it('are kept while one waits for the next, and given back when it gives up', async () => {
    const there = await atWork('setting')
    const both = await begun('setting', [{ resource: 'AAA' }])
    const held = async () => (await engine.query(`select saga_id from saga.semantic_lock where resource = 'AAA'`)).rows
    expect(await states(both)).toEqual(['WAITING'])
    expect(await held()).toEqual([{ saga_id: both }])
    await engine.query('update saga.instance set deadline_at = now(), next_run_at = now() where id = $1', [both])
    await run(both)
    expect(await states(there, both)).toEqual(['RUNNING', 'COMPENSATED'])
    expect(await held()).toEqual([])
  })
})

const stalled = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

describe('whoever waits for a lock', () => {
  it('is not overtaken by those who came later and could share it', async () => {
    const first = await atWork('booking')
    const alone = await begun('setting')
    const later = [await begun('booking'), await begun('hastyBooking')] as const
    expect(await states(...later)).toEqual(['WAITING', 'COMPENSATED'])
    await run(first)
    expect(await awake(alone, later[0])).toEqual([alone])
    // Even when it is there first, now that the lock is free.
    await engine.query('update saga.instance set next_run_at = now() where id = $1', [later[0]])
    await run(later[0])
    expect(await states(later[0])).toEqual(['WAITING'])
    await run(alone)
    await run(later[0])
    expect(await states(alone, later[0])).toEqual(['COMPLETED', 'COMPLETED'])
  })

  it('is woken with those behind it who can share the lock, and with nobody else', async () => {
    const first = await atWork('setting')
    const sharing = [await begun('booking'), await begun('booking')]
    const others = [await begun('setting'), await begun('booking'), await begun('counting')]
    await run(first)
    await store.wake()
    expect(await awake(...sharing, ...others)).toEqual(sharing)
  })

  it('lets those behind it go on when it gives up waiting', async () => {
    await atWork('booking')
    const [alone, behind] = [await begun('setting'), await begun('booking')]
    const cancel = `insert into saga.signal (tenant_id, saga_id, kind, sent_by) values ($1, $2, 'CANCEL', '{}')`
    await engine.query(cancel, [tenantId, alone])
    await store.admit()
    await run(alone)
    expect(await states(alone)).toEqual(['COMPENSATED'])
    expect(await awake(behind)).toEqual([behind])
    await run(behind)
    expect(await states(behind)).toEqual(['COMPLETED'])
  })

  it('is woken alone, be there a thousand', async () => {
    const first = await atWork('setting')
    const waiting = await begun('setting')
    await engine.query(thousandMore, [waiting])
    await run(first)
    await store.wake()
    const { rows } = await engine.query('select id from saga.instance where awaits = $1 and next_run_at <= now()', [
      `lock:Account:${account}`,
    ])
    expect(rows).toEqual([{ id: waiting }])
  })
})

const ended = `state = 'COMPLETED', finished_at = now(), next_run_at = null, lease_until = null`

/** A thousand that wait as $1 does. */
const thousandMore = `
  with more as (
    insert into saga.instance (tenant_id, definition, definition_version, correlation, state, start, started_by,
      caused_by, awaits, next_run_at, deadline_at)
    select tenant_id, definition, definition_version, correlation || nth, state, start, started_by, caused_by, awaits,
      next_run_at, deadline_at
    from saga.instance, generate_series(1, 1000) nth where id = $1 returning id)
  insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, command, answer)
  select more.id, tenant_id, seq, direction, name, kind, status, command, answer from saga.step, more where saga_id = $1`
