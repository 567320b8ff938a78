import { randomUUID } from 'node:crypto'
import { embeddedBus } from '@steinmetz/kernel/bus'
import type { Message } from '@steinmetz/kernel/outbox'
import { type Caller, type TestDatabase, type TestSubgraph, testDatabase, testSubgraph } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { start } from '../main.ts'

const auditor: Caller = { person: 'auditor', scopes: ['compliance:read'] }
const otherTenant = '22222222-2222-4222-8222-222222222222'

let busDatabase: TestDatabase
let bus: ReturnType<typeof embeddedBus>
let compliance: TestSubgraph

beforeAll(async () => {
  busDatabase = await testDatabase('bus')
  bus = embeddedBus(busDatabase.serviceUrl)
  compliance = await testSubgraph(start, 'compliance', { BUS_DATABASE_URL: busDatabase.serviceUrl })
})
afterAll(async () => {
  await compliance.stop()
  await bus.close()
  await busDatabase.drop()
})

/** An audit record on its way, as a domain's relay publishes it. */
function record(entityId: string, more: object = {}, tenantId = compliance.tenantId): Message {
  const who = { person: 'clerk', account: 'clerk-1', session: 's-1', address: '127.0.0.1', requestId: `r-${entityId}` }
  return {
    id: randomUUID(),
    type: 'kernel.AuditRecorded',
    tenantId,
    aggregateId: entityId,
    payload: {
      recordId: randomUUID(),
      operation: 'UPDATE',
      entity: 'Employee',
      entityId,
      before: { status: 'DRAFT' },
      after: { status: 'ACTIVE' },
      context: { command: 'activateEmployee', service: 'saga-worker', ...who },
      tags: ['FOUR_EYES'],
      leafHash: 'ab'.repeat(32),
      recordedAt: '2026-11-23T08:15:00.000Z',
      ...more,
    },
    occurredAt: '2026-11-23T08:15:00.000Z',
    causedBy: who,
    traceparent: null,
  }
}

async function find(filter: object, caller = auditor) {
  const { data, errors } = await compliance.ask(
    caller,
    `query ($filter: AuditFilter) { auditRecords(filter: $filter) { totalCount edges { node {
      operation entity entityId before after command service person requestId tags recordedAt } } } }`,
    { filter },
  )
  if (errors[0]) throw new Error(errors[0].message)
  return data.auditRecords as { totalCount: number; edges: { node: Record<string, unknown> }[] }
}

/** The projection is eventually there: this waits for what must come, by reading. */
const arrived = (entityId: string, count = 1) =>
  expect.poll(async () => (await find({ entityId })).totalCount, { timeout: 10_000 }).toBe(count)

describe('the audit trail', () => {
  test('keeps what a domain recorded, with who, on whose behalf, before and after', async () => {
    await bus.publish([record('e-1')])
    await arrived('e-1')
    expect((await find({ entityId: 'e-1' })).edges[0]?.node).toEqual({
      operation: 'UPDATE',
      entity: 'Employee',
      entityId: 'e-1',
      before: { status: 'DRAFT' },
      after: { status: 'ACTIVE' },
      command: 'activateEmployee',
      service: 'saga-worker',
      person: 'clerk',
      requestId: 'r-e-1',
      tags: ['FOUR_EYES'],
      recordedAt: '2026-11-23T08:15:00.000Z',
    })
  })

  test('keeps a record once that is delivered twice', async () => {
    const twice = record('e-2')
    await bus.publish([twice, { ...twice, id: randomUUID() }, record('e-2-end')])
    await arrived('e-2-end')
    await arrived('e-2', 1)
  })

  test.each([
    ['is none', { recordId: 7 }],
    ['the database does not take', { recordedAt: 'yesterday or so' }],
  ])('goes on behind a record that %s, which is put aside', async (_what, wrong) => {
    const [poison, next] = [record(`e-poison-${randomUUID()}`, wrong), record(`e-next-${randomUUID()}`)]
    await bus.publish([poison, next])
    await arrived(next.aggregateId)
    const metrics = await (await fetch(new URL('/metrics', compliance.url))).text()
    expect(metrics).toMatch(/steinmetz_bus_dead_letters\{.*consumer="compliance.auditTrail".*\} [1-9]/)
  })

  test('finds by entity, person, request, operation and time', async () => {
    await bus.publish([
      record('e-3', { operation: 'VIEW', recordedAt: '2020-01-01T00:00:00.000Z', before: null, after: null }),
    ])
    await arrived('e-3')
    const counts = await Promise.all(
      [
        { entity: 'Employee', entityId: 'e-3' },
        { requestId: 'r-e-3', person: 'clerk' },
        { operation: 'VIEW' },
        { until: '2021-01-01T00:00:00Z' },
        { since: '2021-01-01T00:00:00Z', entityId: 'e-3' },
        { person: 'nobody' },
      ].map(async (filter) => (await find(filter)).totalCount),
    )
    expect(counts).toEqual([1, 1, 1, 1, 0, 0])
  })

  test('is read from its end where that is asked', async () => {
    const query = `query ($after: String) { auditRecords(first: 2, after: $after, descending: true) {
      pageInfo { endCursor } edges { node { id } } } }`
    const page = async (after?: string) => (await compliance.ask(auditor, query, { after })).data.auditRecords
    const last = await page()
    const before = await page(last.pageInfo.endCursor)
    const ids = [...last.edges, ...before.edges].map(({ node }) => node.id)
    expect(ids).toEqual(ids.toSorted().reverse())
    const { errors } = await compliance.ask(auditor, query, { after: 'bm9uc2Vuc2U' })
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  })

  test("shows an employee's own history, as another subgraph names the employee", async () => {
    const [id, other] = [randomUUID(), randomUUID()]
    await bus.publish([record(id), record(other), record(id)])
    await arrived(id, 2)
    await arrived(other)
    const { data } = await compliance.ask(
      auditor,
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Employee {
        history(first: 1) { totalCount pageInfo { hasNextPage endCursor } edges { node { entityId tags before } } } } } }`,
      { of: [id, other, randomUUID(), 'nobody'].map((employee) => ({ __typename: 'Employee', id: employee })) },
    )
    const [one, another, none, nobody] = data._entities
    const node = { entityId: id, tags: ['FOUR_EYES'], before: { status: 'DRAFT' } }
    expect(one.history).toMatchObject({ totalCount: 2, pageInfo: { hasNextPage: true }, edges: [{ node }] })
    expect(another.history).toMatchObject({ totalCount: 1, edges: [{ node: { ...node, entityId: other } }] })
    expect([none.history, nobody]).toMatchObject([{ totalCount: 0, edges: [] }, null])

    const behind = await compliance.ask(
      auditor,
      `query ($of: [_Any!]!, $after: String) { _entities(representations: $of) { ... on Employee {
        history(after: $after) { edges { cursor } pageInfo { hasNextPage } } } } }`,
      { of: [{ __typename: 'Employee', id }], after: one.history.pageInfo.endCursor },
    )
    const { edges, pageInfo } = behind.data._entities[0].history
    expect([edges.length, pageInfo.hasNextPage]).toEqual([1, false])
    expect(edges[0].cursor).not.toBe(one.history.pageInfo.endCursor)
  })

  test("shows no tenant another's records, and nobody any without the scope", async () => {
    await bus.publish([record('e-4', {}, otherTenant)])
    await expect
      .poll(async () => (await find({ entityId: 'e-4' }, { ...auditor, tenantId: otherTenant })).totalCount)
      .toBe(1)
    expect((await find({ entityId: 'e-4' })).totalCount).toBe(0)
    await expect(find({}, { person: 'clerk', scopes: ['hr:read'] })).rejects.toThrow('compliance:read')
  })

  test('cannot be changed, not even by whoever owns the database', async () => {
    await bus.publish([record('e-5')])
    await arrived('e-5')
    await expect(compliance.sql("update audit_record set person = 'x'")).rejects.toThrow('append-only')
    await expect(compliance.sql('delete from audit_record')).rejects.toThrow('append-only')
  })
})
