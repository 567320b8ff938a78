import { randomUUID } from 'node:crypto'
import { embeddedBus } from '@steinmetz/kernel/bus'
import { personOf, type TenantName } from '@steinmetz/stack'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Ask,
  askerOf,
  departmentOf,
  draftEmployee,
  draftOf,
  type OwnPlatform,
  ownPlatform,
  until,
} from '../platform.ts'
import { listen } from '../stream.ts'

let platform: OwnPlatform
let clerk: Ask
let approver: Ask
let operator: Ask
let auditor: Ask
let department: string

beforeAll(async () => {
  platform = await ownPlatform('operators')
  clerk = await askerOf(platform, 'clerk')
  approver = await askerOf(platform, 'approver')
  operator = await askerOf(platform, 'operator')
  auditor = await askerOf(platform, 'auditor')
  department = await departmentOf(clerk, 'Prüfung')
})
afterAll(() => platform?.dispose())

type Process = {
  id: string
  version: number
  state: string
  reason: string | null
  steps: { name: string; direction: string; status: string }[]
  timeline: { step: string; outcome: string; round: number; error: string | null; worker: string }[]
  orders: { kind: string; reason: string | null; outcome: string | null }[]
}

const fields = `id version state reason steps { name direction status }
  timeline { step outcome round error worker tookMs } orders { kind reason outcome }`

/** The process about an employee, once it is in a state. */
const becomes = (employeeId: string, state: string): Promise<Process> =>
  until(async () => {
    type Found = { processes: { edges: { node: Process }[] } }
    const query = `query ($of: ID!) { processes(filter: { subjectId: $of }) { edges { node { ${fields} } } } }`
    const { data } = await operator<Found>(query, { of: employeeId })
    const process = data.processes.edges[0]?.node
    return process?.state === state && process
  })

let drafted = 0
async function draft(): Promise<string> {
  type Drafted = { draftEmployee: { employee: { id: string } } }
  const input = draftOf(`O-${++drafted}`, department)
  const { data } = await clerk<Drafted>(draftEmployee, { key: randomUUID(), input })
  return data.draftEmployee.employee.id
}

async function approve(employeeId: string): Promise<void> {
  type Requests = { approvalRequests: { edges: { node: { id: string; version: number } }[] } }
  const pending = `query ($of: ID!) { approvalRequests(filter: { subjectId: $of, status: PENDING }) {
    edges { node { id version } } } }`
  const { data } = await approver<Requests>(pending, { of: employeeId })
  const [request] = data.approvalRequests.edges
  const mutation = `mutation ($key: ID!, $input: DecideRequestInput!) {
    approveRequest(idempotencyKey: $key, input: $input) { __typename } }`
  const input = { requestId: request?.node.id, expectedVersion: request?.node.version }
  await approver(mutation, { key: randomUUID(), input })
}

type Ordered = { process?: Process; code?: string }

async function order(name: string, input: object, by = operator, key: string = randomUUID()) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  const mutation = `mutation ($key: ID!, $input: ${type}Input!) { ${name}(idempotencyKey: $key, input: $input) {
    ... on Refusal { code } ... on ${type}Payload { process { ${fields} } } } }`
  const { data, errors, replayed } = await by<Record<string, Ordered> | null>(mutation, { key, input })
  return { ...data?.[name], error: errors[0]?.extensions.code, replayed }
}

/** Keeps hr from writing onboarding lists, which comes behind the pivot, until it may again. */
async function withoutOnboarding<Done>(work: () => Promise<Done>): Promise<Done> {
  const owner = new pg.Client({ connectionString: platform.databases.url('hr', 'owner') })
  await owner.connect()
  await owner.query('revoke insert on onboarding_task from hr_service')
  try {
    return await work()
  } finally {
    await owner.query('grant insert on onboarding_task to hr_service')
    await owner.end()
  }
}

/** Publishes that an employee was drafted, as no version of hr would. */
async function publish(aggregateId: string, payload: object): Promise<void> {
  const { person, account, tenant } = personOf('clerk')
  const causedBy = { person, account, session: 's', address: '127.0.0.1', requestId: randomUUID() }
  const event = { id: randomUUID(), type: 'hr.EmployeeDrafted', tenantId: tenant, aggregateId, payload, causedBy }
  const bus = embeddedBus(platform.databases.url('bus', 'service'))
  await bus.publish([{ ...event, occurredAt: new Date().toISOString(), traceparent: null }])
  await bus.close()
}

/** Hires somebody as far as a step behind the pivot that fails. */
async function stuckHiring() {
  const employeeId = await draft()
  await becomes(employeeId, 'WAITING')
  await approve(employeeId)
  return { employeeId, process: await becomes(employeeId, 'STUCK') }
}

const as = (role: 'operator' | 'auditor', tenant: TenantName) => askerOf(platform, role, tenant)

describe('an operator', { timeout: 60_000 }, () => {
  it('redrives a process that is stuck, once however often the order comes, and sees it complete', async () => {
    const { employeeId, process } = await withoutOnboarding(stuckHiring)
    expect(process.timeline.at(-1)).toMatchObject({ step: 'onboarding', outcome: 'HALTED', round: 0 })
    const token = await platform.mintToken({ role: 'operator', tenant: 'steinmetz' })
    const subscription = 'subscription ($id: ID) { processChanged(id: $id) { cursor process { state } } }'
    const heard = await listen(platform.endpoint, token, subscription, { id: process.id })
    expect(await heard.next()).toContain('"STUCK"')

    const key = randomUUID()
    const input = { processId: process.id, expectedVersion: process.version, reason: 'hr may write again' }
    const first = await order('redriveProcess', input, operator, key)
    expect(first.process).toMatchObject({ id: process.id, orders: [{ kind: 'REDRIVE' }] })
    let told = await heard.next()
    while (!told.includes('"COMPLETED"')) told = await heard.next()
    heard.close()
    expect(await order('redriveProcess', input, operator, key)).toMatchObject({ replayed: true })

    const done = await becomes(employeeId, 'COMPLETED')
    expect(done.orders).toEqual([{ kind: 'REDRIVE', reason: 'hr may write again', outcome: 'REDRIVEN' }])
    expect(done.timeline.filter(({ step }) => step === 'onboarding').map(({ outcome }) => outcome)).toEqual([
      'HALTED',
      'DONE',
    ])
    expect(await order('cancelProcess', { ...input, expectedVersion: done.version })).toMatchObject({
      code: 'PROCESS_FINISHED',
    })
  })

  it('cancels a process that waits, which undoes what was done', async () => {
    const employeeId = await draft()
    const { id, version } = await becomes(employeeId, 'WAITING')
    const input = { processId: id, expectedVersion: version, reason: 'hired elsewhere' }
    expect((await order('cancelProcess', input)).code).toBeUndefined()
    const undone = await becomes(employeeId, 'COMPENSATED')
    expect(undone).toMatchObject({ reason: 'CANCELLED', orders: [{ kind: 'CANCEL', outcome: 'CANCELLED' }] })
    expect(undone.steps.filter(({ direction }) => direction === 'COMPENSATION').map(({ name }) => name)).toEqual([
      'contract',
      'account',
      'rolledBack',
    ])
  })

  it('skips, with a reason, a step behind the pivot that was done by hand', async () => {
    await withoutOnboarding(async () => {
      const { employeeId, process } = await stuckHiring()
      const input = { processId: process.id, expectedVersion: process.version }
      expect((await order('cancelProcess', input)).code).toBe('PROCESS_PIVOT_PASSED')
      expect((await order('skipProcessStep', { ...input, reason: ' ' })).code).toBe('INVALID_INPUT')
      expect((await order('skipProcessStep', { ...input, reason: 'list on paper' })).code).toBeUndefined()
      const done = await becomes(employeeId, 'COMPLETED')
      expect(done.steps.at(-1)).toMatchObject({ name: 'onboarding', status: 'SKIPPED' })
      expect(done.orders).toMatchObject([{ kind: 'SKIP', reason: 'list on paper', outcome: 'SKIPPED' }])
    })
  })

  it('redrives an event that was put aside, and gives it up when it still cannot be digested', async () => {
    const aggregateId = randomUUID()
    await publish(aggregateId, { employeeId: 'nobody' })
    type Letter = { id: string; outcome: string | null; orders: { kind: string; outcome: string | null }[] }
    type Letters = { deadLetters: { edges: { node: Letter }[] } }
    const list = `query ($open: Boolean!) { deadLetters(filter: { source: EVENT, open: $open }) {
      edges { node { id outcome orders { kind outcome } } } } }`
    const letter = (open: boolean, until: (one: Letter) => boolean) => async () => {
      const { data } = await operator<Letters>(list, { open })
      return data.deadLetters.edges.map(({ node }) => node).find(until)
    }
    const { id: deadLetterId } = await until(letter(true, () => true))
    const give = (name: string, input: object) => {
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
      const mutation = `mutation ($key: ID!, $input: ${type}Input!) { ${name}(idempotencyKey: $key, input: $input) {
        ... on Refusal { code } ... on ${type}Payload { deadLetter { id } } } }`
      return operator<unknown>(mutation, { key: randomUUID(), input: { deadLetterId, ...input } })
    }
    const told = { deadLetter: { id: deadLetterId } }
    expect((await give('redriveDeadLetter', {})).data).toEqual({ redriveDeadLetter: told })
    await until(letter(true, ({ orders }) => orders[0]?.outcome === 'STILL_UNDIGESTED'))
    const skipped = await give('skipDeadLetter', { reason: 'drafted by a broken client' })
    expect(skipped.data).toEqual({ skipDeadLetter: told })
    const settled = await until(letter(false, ({ id, orders }) => id === deadLetterId && orders[1]?.outcome !== null))
    expect(settled).toMatchObject({ outcome: 'SKIPPED', orders: [{ kind: 'REDRIVE' }, { outcome: 'SKIPPED' }] })
  })

  it('is the only one who may, in the own firm, and leaves a trace in the audit trail', async () => {
    const { employeeId, process } = await withoutOnboarding(stuckHiring)
    const input = { processId: process.id, expectedVersion: process.version }
    expect((await order('redriveProcess', input, clerk)).error).toBe('FORBIDDEN')
    const theirs = await as('operator', 'nordwind')
    expect((await order('redriveProcess', input, theirs)).code).toBe('PROCESS_NOT_FOUND')
    expect((await becomes(employeeId, 'STUCK')).orders).toEqual([])

    const many = `mutation ($key: ID!, $input: RedriveProcessesInput!) {
      redriveProcesses(idempotencyKey: $key, input: $input) {
        ... on RedriveProcessesPayload { processIds remaining } } }`
    const filter = { definition: 'hireEmployee' }
    const none = await theirs<unknown>(many, { key: randomUUID(), input: { filter } })
    expect(none.data).toEqual({ redriveProcesses: { processIds: [], remaining: 0 } })
    const own = await operator<unknown>(many, { key: randomUUID(), input: { filter } })
    expect(own.data).toEqual({ redriveProcesses: { processIds: [process.id], remaining: 0 } })
    await becomes(employeeId, 'COMPLETED')

    const trail = `query ($of: ID!) { auditRecords(filter: { entity: "Process", entityId: $of }) {
      edges { node { command after } } } }`
    await until(async () => {
      type Trail = { auditRecords: { edges: { node: { command: string; after: { order: string } } }[] } }
      const { data, errors } = await auditor<Trail>(trail, { of: process.id })
      expect(errors).toEqual([])
      const [record] = data.auditRecords.edges
      return record?.node.command === 'redriveProcesses' && record.node.after.order === 'REDRIVE'
    })
  })
})
