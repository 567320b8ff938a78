import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { poolOf } from '../testing/poolOf.ts'
import { openStore, type Store } from './store.ts'

const name = 'closeMonth'
const tenantId = randomUUID()
const hash = Buffer.from('5e1d', 'hex')

let database: TestDatabase
let store: Store
let other: Store
let older: Store
let owner: pg.Pool
let engine: pg.Pool
let service: pg.Pool

beforeAll(async () => {
  database = await testDatabase('processes')
  const options = { connectionString: database.engineUrl, max: 2, leaseMs: 60_000 }
  store = openStore({ ...options, worker: 'one', knows: [`${name}@1`, `${name}@2`] })
  other = openStore({ ...options, worker: 'two', knows: [`${name}@1`, `${name}@2`] })
  older = openStore({ ...options, worker: 'older', knows: [`${name}@1`] })
  owner = poolOf(database.ownerUrl)
  engine = poolOf(database.engineUrl)
  service = poolOf(database.serviceUrl)
})
afterAll(async () => {
  await Promise.all([store?.close(), other?.close(), older?.close(), owner?.end(), engine?.end(), service?.end()])
  await database?.drop()
})

beforeEach(async () => {
  await owner.query('truncate saga.release, saga.definition cascade')
  for (const version of [1, 2])
    await store.publish({ name, version, owner: 'payroll', subject: null, hash, shape: { version } })
})

/** Runs SQL as the service does, for one tenant. */
async function asTenant(text: string, values: unknown[] = [], tenant = tenantId) {
  const client = await service.connect()
  try {
    await client.query('begin')
    await client.query(`select set_config('app.tenant', $1, true)`, [tenant])
    const { rows } = await client.query(text, values)
    await client.query('commit')
    return rows
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

type Proposal = { kind?: 'ACTIVATE' | 'RETIRE'; version?: number; from?: number | null; hash?: Buffer }

async function propose({ kind = 'ACTIVATE', version = 2, from = 1, hash: proposed = hash }: Proposal = {}) {
  const [row] = await asTenant(
    `insert into saga.release (tenant_id, definition, definition_version, from_version, content_hash, kind, reason, proposed_by)
     values ($1, $2, $3, $4, $5, $6, 'the law changes', '{ "person": "anna" }') returning id`,
    [tenantId, name, version, from, proposed, kind],
  )
  return String(row.id)
}

const confirm = (id: string, person: string | null = 'bernd', tenant = tenantId) =>
  asTenant(
    `update saga.release set status = 'CONFIRMED', confirmed_by = $2, confirmed_at = now() where id = $1 returning id`,
    [id, { person }],
    tenant,
  )

const confirmed = async (proposal?: Proposal) => confirm(await propose(proposal))

const standing = async () => {
  const { rows } = await engine.query('select version, status from saga.definition order by version')
  return Object.fromEntries(rows.map(({ version, status }) => [version, status]))
}

/** A saga as it stands between two steps, or ended. */
async function sagaOn(version: number, ended = false) {
  await engine.query(
    `insert into saga.instance (tenant_id, definition, definition_version, correlation, state, start, started_by, caused_by,
       deadline_at, finished_at)
     values (gen_random_uuid(), $1, $2, gen_random_uuid(), $3, '{}', gen_random_uuid(), '{}', now(), $4)`,
    [name, version, ended ? 'COMPLETED' : 'WAITING', ended ? new Date() : null],
  )
}

const longAfter = () => engine.query(`update saga.definition set draining_since = draining_since - interval '1 minute'`)

describe('a release that two people have decided', () => {
  it('makes its version the one that new sagas begin on, and the way back is the same', async () => {
    await confirmed()
    expect(await store.carryOut()).toEqual([{ definition: name, version: 2, kind: 'ACTIVATE', outcome: 'ACTIVATED' }])
    expect(await standing()).toEqual({ 1: 'DRAINING', 2: 'ACTIVE' })
    expect(await store.active()).toEqual(new Map([[name, 2]]))
    await confirmed({ version: 1, from: 2 })
    await store.carryOut()
    expect(await standing()).toEqual({ 1: 'ACTIVE', 2: 'DRAINING' })
    const { rows } = await engine.query('select status, outcome, version from saga.release order by id')
    expect(rows).toEqual([1, 2].map(() => ({ status: 'DONE', outcome: 'ACTIVATED', version: 2 })))
  })

  it('is carried out once, however many workers look for it', async () => {
    await confirmed()
    const both = await Promise.all([store.carryOut(), other.carryOut()])
    expect(both.flat()).toHaveLength(1)
    expect(await store.carryOut()).toEqual([])
  })

  it('waits while it is only proposed', async () => {
    await propose()
    expect(await store.carryOut()).toEqual([])
    expect(await standing()).toEqual({ 1: 'ACTIVE', 2: 'PUBLISHED' })
  })

  it('waits for a worker that knows the version, and is refused when there is none', async () => {
    await confirmed()
    expect(await older.carryOut()).toEqual([])
    await engine.query(`update saga.release set confirmed_at = now() - interval '2 minutes'`)
    expect(await older.carryOut()).toMatchObject([{ outcome: 'NOT_DEPLOYED' }])
    expect(await standing()).toEqual({ 1: 'ACTIVE', 2: 'PUBLISHED' })
  })

  it('is refused where things are not as they were when it was proposed', async () => {
    await confirmed({ from: null })
    expect(await store.carryOut()).toMatchObject([{ outcome: 'OVERTAKEN' }])
    await confirmed({ hash: Buffer.from('00', 'hex') })
    expect(await store.carryOut()).toMatchObject([{ outcome: 'CHANGED' }])
    await confirmed({ version: 1 })
    expect(await store.carryOut()).toMatchObject([{ outcome: 'ALREADY_ACTIVE' }])
    await engine.query(`update saga.definition set status = 'RETIRED' where version = 2`)
    await confirmed()
    expect(await store.carryOut()).toMatchObject([{ outcome: 'ALREADY_RETIRED' }])
    expect(await standing()).toEqual({ 1: 'ACTIVE', 2: 'RETIRED' })
  })
})

describe('a version is retired', () => {
  const retire = { kind: 'RETIRE', version: 1, from: null } as const

  it('when nothing of any tenant is on it any more', async () => {
    await sagaOn(1)
    await sagaOn(1, true)
    await confirmed()
    await store.carryOut()
    await longAfter()
    await confirmed(retire)
    expect(await store.carryOut()).toMatchObject([{ kind: 'RETIRE', outcome: 'STILL_RUNNING' }])
    await engine.query(`update saga.instance set state = 'COMPLETED', finished_at = now() where finished_at is null`)
    await confirmed(retire)
    expect(await store.carryOut()).toMatchObject([{ kind: 'RETIRE', outcome: 'RETIRED' }])
    expect(await standing()).toEqual({ 1: 'RETIRED', 2: 'ACTIVE' })
  })

  it('once all has been counted that was about to begin when it stopped being active', async () => {
    await confirmed()
    await store.carryOut()
    await confirmed(retire)
    expect(await store.carryOut()).toEqual([])
    await longAfter()
    expect(await store.carryOut()).toMatchObject([{ outcome: 'RETIRED' }])
  })

  it('never while new sagas begin on it', async () => {
    await confirmed(retire)
    expect(await store.carryOut()).toMatchObject([{ outcome: 'STILL_ACTIVE' }])
    expect(await standing()).toMatchObject({ 1: 'ACTIVE' })
  })
})

describe('the database holds', () => {
  it('that nobody confirms what they have proposed, by whatever account', async () => {
    await expect(confirm(await propose(), 'anna')).rejects.toThrow('two_people_release')
  })

  it('that nobody is left out, and no person is made up or exchanged', async () => {
    const id = await propose()
    await expect(asTenant(`update saga.release set status = 'CONFIRMED' where id = $1`, [id])).rejects.toThrow('check')
    await expect(confirm(id, null)).rejects.toThrow('check')
    await expect(asTenant(`update saga.release set proposed_by = '{}' where id = $1`, [id])).rejects.toThrow('denied')
    await confirm(id)
    expect(await confirm(id, 'clara')).toEqual([])
  })

  it('that the service carries nothing out', async () => {
    const id = await propose()
    const done = `update saga.release set status = 'DONE', confirmed_by = '{ "person": "bernd" }', confirmed_at = now(),
      settled_at = now() where id = $1`
    await expect(asTenant(done, [id])).rejects.toThrow(/row-level security|check/)
    await expect(asTenant(`update saga.release set outcome = 'ACTIVATED' where id = $1`, [id])).rejects.toThrow(
      'denied',
    )
    await expect(asTenant(`update saga.definition set status = 'ACTIVE'`)).rejects.toThrow('denied')
  })

  it('that one firm neither sees nor decides what another proposes', async () => {
    const id = await propose()
    expect(await confirm(id, 'bernd', randomUUID())).toEqual([])
    expect(await asTenant('select id from saga.release', [], randomUUID())).toEqual([])
  })

  it('that of one definition one release is open, whoever proposed it', async () => {
    await propose()
    await expect(propose({ kind: 'RETIRE', version: 1 })).rejects.toThrow('release_open')
  })
})
