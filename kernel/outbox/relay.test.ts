import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ledger, ledger, request, tenant, writing } from '../testing/ledger.ts'
import { aggregatesBehind, type Message, relayOnce, tail, tailPosition } from './index.ts'

const event = (text: string) => ({ type: 'test.Written', aggregateId: 'a', payload: { text } })
const write = (book: Ledger, text: string) =>
  book.run(
    writing(async () => [event(text)]),
    request(text, text),
  )

let book: Ledger
const open: pg.Client[] = []
const connect = async (connectionString: string) => {
  const client = new pg.Client({ connectionString })
  await client.connect()
  open.push(client)
  return client
}

beforeEach(async () => {
  book = await ledger()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.end()))
  await book.close()
})

describe('the relay', () => {
  test('publishes events and audit records in order, once, with who caused them', async () => {
    await write(book, 'one')
    await write(book, 'two')
    const relay = await connect(book.test.relayUrl)
    const published: Message[] = []
    const publish = async (messages: readonly Message[]) => void published.push(...messages)
    expect(await relayOnce(relay, publish)).toBe(4)
    expect(await relayOnce(relay, publish)).toBe(0)
    expect(published.map(({ type }) => type)).toEqual([
      'kernel.AuditRecorded',
      'test.Written',
      'kernel.AuditRecorded',
      'test.Written',
    ])
    expect(published[1]).toMatchObject({ tenantId: tenant, payload: { text: 'one' }, causedBy: { person: 'person' } })
    expect(published[0]).toMatchObject({ payload: { operation: 'CREATE', entity: 'Entry', after: { text: 'one' } } })
  })

  test('publishes again what could not be published', async () => {
    await write(book, 'one')
    const relay = await connect(book.test.relayUrl)
    const down = relayOnce(relay, async () => {
      throw new Error('the bus is down')
    })
    await expect(down).rejects.toThrow('the bus is down')
    expect(await relayOnce(relay, async () => {})).toBe(2)
  })

  test('passes over no slow transaction, whose event has an earlier number', async () => {
    const slow = await connect(book.test.superuserUrl)
    await slow.query('begin')
    await slow.query(`insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context)
      values ('${tenant}', 'test.Slow', 'a', '{}', '{}')`)
    await write(book, 'fast')
    const relay = await connect(book.test.relayUrl)
    const published: string[] = []
    const publish = async (messages: readonly Message[]) => void published.push(...messages.map(({ type }) => type))
    await relayOnce(relay, publish)
    await slow.query('commit')
    await relayOnce(relay, publish)
    expect(published).toEqual(['kernel.AuditRecorded', 'test.Written', 'test.Slow'])
  })

  test('is one at a time', async () => {
    await write(book, 'one')
    const [first, second] = [await connect(book.test.relayUrl), await connect(book.test.relayUrl)]
    const counts: number[] = []
    const both = await relayOnce(first, async () => void counts.push(await relayOnce(second, async () => {})))
    expect([both, counts]).toEqual([2, [0]])
  })
})

describe('the tail', () => {
  test('goes on from a cursor and misses nothing that a slow transaction brings late', async () => {
    const reader = await connect(book.test.serviceUrl)
    const begin = () => reader.query(`begin; set local app.tenant = '${tenant}'`)
    await begin()
    const from = await tailPosition(reader)
    await reader.query('commit')

    const slow = await connect(book.test.superuserUrl)
    await slow.query('begin')
    await slow.query(`insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context)
      values ('${tenant}', 'test.Slow', 'a', '{}', '{}')`)
    await write(book, 'fast')
    const types = ['test.Slow', 'test.Written']
    await begin()
    const before = await tail(reader, types, from)
    const behind = await aggregatesBehind(reader, 'test.Written', from)
    await reader.query('commit')
    // What was written is not told yet, but known to be still to come.
    expect([before, behind.size]).toEqual([[], 1])
    await slow.query('commit')
    const told = [...before]
    const readOn = async () => {
      await begin()
      told.push(...(await tail(reader, types, told.at(-1)?.cursor ?? from)))
      await reader.query('commit')
      return told.map(({ type }) => type)
    }
    // Other databases' transactions hold the log back too: what is not told yet is told later.
    await expect.poll(readOn).toEqual(types)
  })

  test("shows no other tenant's events", async () => {
    await write(book, 'ours')
    const reader = await connect(book.test.serviceUrl)
    await reader.query(`begin; set local app.tenant = '22222222-2222-4222-8222-222222222222'`)
    expect(await tail(reader, ['test.Written'], '0:0')).toEqual([])
  })
})
