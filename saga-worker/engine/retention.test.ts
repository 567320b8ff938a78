import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf } from '../testing/begun.ts'
import { probe } from '../testing/faultModel.ts'
import { poolOf } from '../testing/poolOf.ts'
import { contentHash, shapeOf } from './definition.ts'
import { unborn } from './instance.ts'
import { openStore, type Store } from './store.ts'
import { begin } from './transition.ts'

const cause = { person: 'clerk', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' }
const now = new Date('2030-06-30T12:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

let database: TestDatabase
let store: Store
let behind: pg.Pool

beforeAll(async () => {
  database = await testDatabase('processes')
  const options = { connectionString: database.engineUrl, max: 2, leaseMs: 60_000, knows: ['probe@1'], worker: 'one' }
  store = openStore(options)
  behind = poolOf(database.superuserUrl)
  await store.publish({ ...probe, hash: contentHash(probe), shape: shapeOf(probe) })
})
afterAll(async () => {
  await Promise.all([store?.close(), behind?.end()])
  await database?.drop()
})

/** A saga that began long ago, and ended so many days ago, or not at all. */
async function sagaOf(tenantId: string, endedDaysAgo: number | null): Promise<string> {
  const from = { tenantId, causedBy: cause, traceparent: null }
  const id = randomUUID()
  const named = { definition: 'probe', version: 1, deadlineDays: 30, correlation: id, start: { id } }
  const first = begin(probe, unborn(probe, { id }, from))
  const sagaId = idOf(await store.begin({ ...from, ...named, eventId: randomUUID(), first }))
  await behind.query('update saga.instance set created_at = $2 where id = $1', [sagaId, daysAgo(800)])
  await behind.query('update saga.inbox set received_at = $2 where tenant_id = $1', [tenantId, daysAgo(800)])
  if (endedDaysAgo !== null)
    await behind.query(
      `update saga.instance set state = 'COMPLETED', finished_at = $2, next_run_at = null where id = $1`,
      [sagaId, daysAgo(endedDaysAgo)],
    )
  return sagaId as string
}

const released = async (tenantId: string): Promise<string[]> => {
  const text = `select payload from kernel.outbox where tenant_id = $1 and type = 'kernel.KeysReleased' order by id`
  const { rows } = await behind.query(text, [tenantId])
  return rows.flatMap(({ payload }) => payload.sagaIds)
}

describe('the keys of a saga', () => {
  it('are released 30 days after its end, however long it ran, and once', async () => {
    const tenantId = randomUUID()
    const [ended] = await Promise.all([sagaOf(tenantId, 31), sagaOf(tenantId, 29), sagaOf(tenantId, null)])
    await store.release(30, 500, now)
    expect(await released(tenantId)).toEqual([ended])
    await store.release(30, 500, now)
    expect(await released(tenantId)).toEqual([ended])
  })

  it('are released by the clock of the database where none is given: nothing has ended so long ago', async () => {
    const tenantId = randomUUID()
    const sagaId = await sagaOf(tenantId, null)
    await behind.query(
      `update saga.instance set state = 'COMPLETED', finished_at = now(), next_run_at = null where id = $1`,
      [sagaId],
    )
    await store.release(30, 500)
    expect(await released(tenantId)).toEqual([])
  })

  it('are released in batches, each tenant by an event of its own', async () => {
    const tenants = [randomUUID(), randomUUID()]
    const ended = await Promise.all(tenants.flatMap((tenantId) => [40, 50].map((days) => sagaOf(tenantId, days))))
    for (let nth = 0; nth < 3; nth++) await store.release(30, 2, now)
    const all = (await Promise.all(tenants.map(released))).flat()
    expect(all.sort()).toEqual(ended.sort())
  })

  it('go with the events that were digested then, which are forgotten', async () => {
    const tenantId = randomUUID()
    await sagaOf(tenantId, null)
    await store.release(30, 10_000, now)
    const { rows } = await behind.query('select 1 from saga.inbox where tenant_id = $1', [tenantId])
    expect(rows).toEqual([])
  })
})
