import { randomUUID } from 'node:crypto'
import type { Running } from '@steinmetz/kernel/config'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { KeysReleased } from '../outbox/index.ts'
import { type Bus, embeddedBus, startRelay } from './index.ts'

const tenantId = '11111111-1111-4111-8111-111111111111'

let databases: TestDatabase[] = []
let behind: pg.Client
let bus: Bus
let relay: Running

beforeAll(async () => {
  databases = await Promise.all(['kernel', 'bus'].map((name) => testDatabase(name)))
  const [domain, log] = databases
  behind = new pg.Client({ connectionString: domain?.superuserUrl })
  await behind.connect()
  await behind.query(
    `insert into kernel.idempotency (tenant_id, actor, operation, key, created_at)
     values ($1, 'a-clerk', 'do', 'old', now() - interval '31 days'), ($1, 'a-clerk', 'do', 'young', now())`,
    [tenantId],
  )
  bus = embeddedBus(log?.serviceUrl ?? '')
  relay = await startRelay('kernel', {
    PORT: '0',
    LOG_LEVEL: 'silent',
    RELAY_DATABASE_URL: domain?.relayUrl,
    BUS_DATABASE_URL: log?.serviceUrl,
  })
})
afterAll(async () => {
  await Promise.all([relay?.stop(), bus?.close(), behind?.end()])
  await Promise.all(databases.map((database) => database.drop()))
})

const keys = async () =>
  (await behind.query('select key from kernel.idempotency order by key')).rows.map((row) => row.key)

test('a relay removes what is old when it starts', async () => {
  await vi.waitUntil(async () => !(await keys()).includes('old'), { timeout: 5_000 })
  expect(await keys()).toEqual(['young'])
})

test('a relay removes the keys of a saga that was released', async () => {
  const sagaId = randomUUID()
  await behind.query(
    `insert into kernel.idempotency (tenant_id, actor, operation, key) values ($1, 'service:saga-worker', 'do', $2)`,
    [tenantId, `${sagaId}:step:forward:0`],
  )
  const causedBy = { person: '', account: '', session: '', address: '', requestId: '' }
  const envelope = { id: randomUUID(), tenantId, occurredAt: new Date().toISOString(), causedBy, traceparent: null }
  await bus.publish([{ ...envelope, ...KeysReleased({ tenantId, sagaIds: [sagaId] }) }])
  await vi.waitUntil(async () => (await keys()).length === 1, { timeout: 5_000 })
  expect(await keys()).toEqual(['young'])
})
