import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Running } from '../config/index.ts'
import { startRelay } from './relayProcess.ts'

let outbox: TestDatabase
let bus: TestDatabase
let relay: Running
beforeEach(async () => {
  ;[outbox, bus] = await Promise.all([testDatabase('kernel'), testDatabase('bus')])
  relay = await startRelay('hr', {
    PORT: '0',
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    RELAY_DATABASE_URL: outbox.relayUrl,
    BUS_DATABASE_URL: bus.serviceUrl,
  })
})
afterEach(async () => {
  await relay.stop()
  await Promise.all([outbox.drop(), bus.drop()])
})

async function asSuperuser(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: outbox.superuserUrl })
  await client.connect()
  await work(client).finally(() => client.end())
}

const readiness = async () => {
  const response = await fetch(`${relay.url}/readyz`)
  return { status: response.status, body: await response.text() }
}

test('a relay that cannot read its outbox says so, and goes on by itself when it can', {
  timeout: 20_000,
}, async () => {
  await asSuperuser((client) => client.query('alter table kernel.outbox rename to away'))
  await vi.waitFor(async () => {
    expect(await readiness()).toEqual({ status: 503, body: expect.stringContaining('outbox') })
  })
  await asSuperuser((client) => client.query('alter table kernel.away rename to outbox'))
  await vi.waitFor(async () => expect((await readiness()).status).toBe(200))
})
