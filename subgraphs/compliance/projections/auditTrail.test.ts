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

  test("shows an employee's own history, as another subgraph names the employee", async () => {
    const id = randomUUID()
    await bus.publish([record(id), record(id)])
    await arrived(id, 2)
    const { data } = await compliance.ask(
      auditor,
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Employee { history { totalCount } } } }`,
      { of: [{ __typename: 'Employee', id }] },
    )
    expect(data._entities[0].history.totalCount).toBe(2)
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
