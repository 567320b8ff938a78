import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApprovalDecided } from '@steinmetz/approvals/events'
import { EmployeeDrafted } from '@steinmetz/hr/events'
import { type Bus, embeddedBus } from '@steinmetz/kernel/bus'
import type { Running } from '@steinmetz/kernel/config'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { start } from './main.ts'
import { poolOf } from './testing/poolOf.ts'

type Received = { mutation: string; key: string; input: Record<string, string>; token: Record<string, unknown> }

const tenantId = '11111111-1111-4111-8111-111111111111'
const cause = { person: 'clerk', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' }

let databases: TestDatabase[]
let server: Server
let bus: Bus
let sagas: pg.Pool
let env: Record<string, string>
let worker: Running
const received: Received[] = []
const unreachable = new Set<string>()

/** Every subgraph in one: it does what it is told, unless it is unreachable for that mutation. */
function createSubgraphs(): Server {
  return createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
    const mutation = /^mutation (\w+)/.exec(query)?.[1] ?? ''
    const token = JSON.parse(
      Buffer.from(`${request.headers.authorization}`.split('.')[1] ?? '', 'base64url').toString(),
    )
    if (unreachable.has(mutation)) return void request.socket.destroy()
    received.push({ mutation, key: variables.idempotencyKey, input: variables.input, token })
    const answers: Record<string, object> = { requestApproval: { requestId: variables.input.subjectId } }
    const payload = { __typename: 'Payload', ...answers[mutation] }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data: { [mutation]: payload } }))
  })
}

beforeAll(async () => {
  databases = await Promise.all(['processes', 'bus', 'queue'].map((name) => testDatabase(name)))
  const [processes, log, queue] = databases as [TestDatabase, TestDatabase, TestDatabase]
  server = createSubgraphs()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  bus = embeddedBus(log.serviceUrl)
  sagas = poolOf(processes.engineUrl)
  env = {
    PORT: '0',
    LOG_LEVEL: 'silent',
    ENGINE_DATABASE_URL: processes.engineUrl,
    BUS_DATABASE_URL: log.serviceUrl,
    QUEUE_DATABASE_URL: queue.serviceUrl,
    INTERNAL_SIGNING_KEY: JSON.stringify({ ...key, kid: 'saga-worker-1' }),
    SUBGRAPH_URLS: JSON.stringify({ hr: url, payroll: url, approvals: url }),
  }
  worker = await start(env)
})
afterAll(async () => {
  await worker?.stop()
  await bus?.close()
  await sagas?.end()
  server?.close()
  await Promise.all(databases?.map((database) => database.drop()) ?? [])
})

const publish = (event: { type: string; aggregateId: string; payload: object }, id = randomUUID()) =>
  bus.publish([{ ...event, id, tenantId, occurredAt: new Date().toISOString(), causedBy: cause, traceparent: null }])

function drafted(employeeId: string) {
  const contract = { startsOn: '2027-01-01', contractHash: 'c', draftedBy: 'clerk', lastEditedBy: 'clerk' }
  return EmployeeDrafted({ employeeId, ...contract })
}

async function draft(): Promise<string> {
  const employeeId = randomUUID()
  await publish(drafted(employeeId))
  return employeeId
}

async function decide(employeeId: string, verdict: 'APPROVED' | 'REJECTED'): Promise<void> {
  const subject = { policy: 'employment-contract', subjectType: 'Employee', subjectId: employeeId }
  const event = ApprovalDecided({ requestId: employeeId, ...subject, verdict, attestation: 'signed' })
  await publish(event, randomUUID())
}

async function becomes(employeeId: string, state: string): Promise<void> {
  const now = async () =>
    (await sagas.query('select state from saga.instance where correlation = $1', [employeeId])).rows[0]?.state
  await vi.waitUntil(async () => (await now()) === state, { timeout: 10_000, interval: 10 })
}

const sent = (employeeId: string) =>
  received
    .filter(({ input }) => input.employeeId === employeeId || input.subjectId === employeeId)
    .map(({ mutation }) => mutation)

describe('the saga worker', () => {
  it('answers an event with a saga, waits for the decision, and goes on', async () => {
    const employeeId = await draft()
    await becomes(employeeId, 'WAITING')
    await decide(employeeId, 'APPROVED')
    await becomes(employeeId, 'COMPLETED')
    expect(sent(employeeId)).toEqual(['openAccount', 'requestApproval', 'activateEmployee', 'openOnboarding'])
    expect(received.find(({ input }) => input.employeeId === employeeId)?.token).toMatchObject({
      sub: 'saga-worker',
      tenant: tenantId,
      scope: 'hr:activate hr:onboard hr:withdraw payroll:accounts approvals:request',
      on_behalf_of: { person: 'clerk', account: 'a1', session: 's1', address: '127.0.0.1' },
    })
  })

  it('rolls back what a second person has rejected', async () => {
    const employeeId = await draft()
    await becomes(employeeId, 'WAITING')
    await decide(employeeId, 'REJECTED')
    await becomes(employeeId, 'COMPENSATED')
    expect(sent(employeeId)).toEqual(['openAccount', 'requestApproval', 'closeAccount', 'withdrawDraft'])
  })

  it('asks again with the same key until it is answered', async () => {
    unreachable.add('openAccount')
    const employeeId = await draft()
    const attempts = async () =>
      (
        await sagas.query(
          `select outcome from saga.attempt a join saga.instance i on i.id = a.saga_id where correlation = $1`,
          [employeeId],
        )
      ).rows
    await vi.waitUntil(async () => (await attempts()).length >= 2, { timeout: 10_000 })
    unreachable.clear()
    await becomes(employeeId, 'WAITING')
    expect((await attempts())[0]).toEqual({ outcome: 'IN_DOUBT' })
  })

  it('takes up what another worker left, and what the queue has lost', async () => {
    await worker.stop()
    const employeeId = await draft()
    worker = await start({ ...env, WORKER_NAME: 'dies' })
    await becomes(employeeId, 'WAITING')
    await worker.stop()
    await decide(employeeId, 'APPROVED')
    worker = await start(env)
    await becomes(employeeId, 'COMPLETED')
  })

  it('sets an event aside that it cannot digest, and those behind it, and goes on with all others', async () => {
    const aggregateId = randomUUID()
    await publish({ type: EmployeeDrafted.type, aggregateId, payload: { employeeId: 'nobody' } })
    await publish(drafted(aggregateId))
    await becomes(await draft(), 'WAITING')
    const { rows } = await sagas.query('select code from saga.dead_letter where aggregate_id = $1 order by id', [
      aggregateId,
    ])
    expect(rows).toEqual([{ code: 'ZodError' }, { code: 'BEHIND_DEAD_LETTER' }])

    await sagas.query(
      `insert into saga.signal (tenant_id, dead_letter_id, kind, note, sent_by)
       select tenant_id, id, 'SKIP', 'drafted by a broken client', '{}' from saga.dead_letter where code = 'ZodError'`,
    )
    await becomes(aggregateId, 'WAITING')
    const settled = await sagas.query('select outcome from saga.dead_letter where aggregate_id = $1 order by id', [
      aggregateId,
    ])
    expect(settled.rows).toEqual([{ outcome: 'SKIPPED' }, { outcome: 'REDRIVEN' }])
  })

  it('takes an order from an operator of the tenant', async () => {
    const employeeId = await draft()
    await becomes(employeeId, 'WAITING')
    await sagas.query(
      `insert into saga.signal (tenant_id, saga_id, kind, note, sent_by)
       select tenant_id, id, 'CANCEL', 'hired elsewhere', '{}' from saga.instance where correlation = $1`,
      [employeeId],
    )
    await becomes(employeeId, 'COMPENSATED')
    expect(sent(employeeId).slice(2)).toEqual(['withdrawRequest', 'closeAccount', 'withdrawDraft'])
  })

  it('shows what it depends on', async () => {
    const health = await fetch(`${worker.url}/health`).then((response) => response.json())
    expect(health).toMatchObject({ status: 'pass', serviceId: 'saga-worker' })
    expect(Object.keys((health as { checks: object }).checks)).toEqual(
      ['database', 'bus', 'reconciler', 'queue'].map((name) => `${name}:responseTime`),
    )
  })
})
