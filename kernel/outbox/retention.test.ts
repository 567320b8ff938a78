import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { purgeOnce, removeReleased } from './index.ts'

const tenantId = '11111111-1111-4111-8111-111111111111'
const kept = { keysDays: 30, eventsDays: 10 }
const now = new Date('2027-06-30T12:00:00Z')
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000)

let database: TestDatabase
let relay: pg.Client
let behind: pg.Client

beforeAll(async () => {
  database = await testDatabase('kernel')
  relay = new pg.Client({ connectionString: database.relayUrl })
  behind = new pg.Client({ connectionString: database.superuserUrl })
  await Promise.all([relay.connect(), behind.connect()])
})
afterAll(async () => {
  await Promise.all([relay?.end(), behind?.end()])
  await database?.drop()
})
beforeEach(async () => {
  await behind.query('truncate kernel.idempotency, kernel.inbox; delete from kernel.outbox')
})

const key = (name: string, ageDays: number, { actor = 'a-clerk', tenant = tenantId } = {}) =>
  behind.query(
    `insert into kernel.idempotency (tenant_id, actor, operation, key, answer, created_at) values ($1, $2, 'do', $3, '{}', $4)`,
    [tenant, actor, name, daysAgo(ageDays)],
  )
const keyOf = (sagaId: string, more: object = {}) =>
  key(`${sagaId}:step:forward:0`, 400, { actor: 'service:saga-worker', ...more })
const keys = async () =>
  (await behind.query('select key from kernel.idempotency order by key')).rows.map((row) => row.key)

describe('the purge', () => {
  test('removes the keys of people when they are older than they are kept, and no others', async () => {
    await key('old', 31)
    await key('young', 29)
    expect(await purgeOnce(relay, kept, now)).toBe(1)
    expect(await keys()).toEqual(['young'])
    expect(await purgeOnce(relay, kept, now)).toBe(0)
  })

  test('never removes a key of a saga by its age: a saga may run for years', async () => {
    const sagaId = randomUUID()
    await keyOf(sagaId)
    expect(await purgeOnce(relay, kept, now)).toBe(0)
    expect(await keys()).toEqual([`${sagaId}:step:forward:0`])
  })

  test('removes old events that are published, and what was digested; never what is still to be published', async () => {
    for (const [type, age, published] of [
      ['old', 11, true],
      ['young', 9, true],
      ['unpublished', 400, false],
    ] as const)
      await behind.query(
        `insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context, created_at, published_at)
         values ($1, $2, 'a', '{}', '{}', $3, $4)`,
        [tenantId, type, daysAgo(age), published ? daysAgo(age) : null],
      )
    for (const age of [11, 9])
      await behind.query('insert into kernel.inbox values ($1, $2, $3, $4)', [
        tenantId,
        'c',
        randomUUID(),
        daysAgo(age),
      ])
    expect(await purgeOnce(relay, kept, now)).toBe(2)
    const { rows } = await behind.query('select type from kernel.outbox order by type')
    expect(rows).toEqual([{ type: 'unpublished' }, { type: 'young' }])
    await expect(relay.query("delete from kernel.outbox where type = 'unpublished'")).resolves.toMatchObject({
      rowCount: 0,
    })
  })

  test('goes in batches, one relay at a time', async () => {
    for (const nth of [1, 2, 3, 4, 5]) await key(`old-${nth}`, 40)
    await behind.query("begin; select pg_advisory_xact_lock(hashtext('kernel.purge'))")
    expect(await purgeOnce(relay, kept, now, 2)).toBe(0)
    await behind.query('commit')
    expect(await purgeOnce(relay, kept, now, 2)).toBe(2)
    expect(await purgeOnce(relay, kept, now, 2)).toBe(2)
    expect(await purgeOnce(relay, kept, now, 2)).toBe(1)
  })
})

describe('the keys of a saga', () => {
  test('go when the engine releases it, those of no other saga or tenant, however often it is told', async () => {
    const [ended, running] = [randomUUID(), randomUUID()]
    const tenant = randomUUID()
    await keyOf(ended)
    await keyOf(running)
    await keyOf(ended, { tenant })
    // What a person calls a key is no saga's, whatever it looks like.
    await key(`${ended}:mine`, 1)
    for (const _ of [1, 2]) await removeReleased(relay, { tenantId, sagaIds: [ended] })
    const left = [`${ended}:mine`, `${ended}:step:forward:0`, `${running}:step:forward:0`]
    expect(await keys()).toEqual(left.sort())
  })

  test('are read by the relay without their answers', async () => {
    await expect(relay.query('select answer from kernel.idempotency')).rejects.toMatchObject({ code: '42501' })
  })
})
