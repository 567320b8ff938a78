import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const query = `query ($id: ID!) { process(id: $id) {
  id definition definitionVersion state reason startedAt finishedAt
  subject { __typename ... on Employee { id } ... on Invoice { id } }
  steps { name direction status attempts error startedAt finishedAt } } }`

describe('a process', () => {
  let subgraph: Processes
  beforeAll(async () => {
    subgraph = await processes()
  })
  afterAll(() => subgraph.stop())

  async function shown(id: string, caller = operator) {
    const { data, errors } = await subgraph.ask(caller, query, { id })
    return { process: data?.process, errors }
  }

  const stepsOf = (process: { steps: { name: string; direction: string }[] }) =>
    process.steps.map(({ name, direction }) => `${direction} ${name}`)

  test('tells what it is, what it is about, and when it began', async () => {
    const id = await subgraph.saga({ correlation: 'eb3e79ac-44c3-49e8-9e2f-4c8cb2a1a6e5' })
    expect((await shown(id)).process).toEqual({
      id,
      definition: 'hireEmployee',
      definitionVersion: 1,
      state: 'RUNNING',
      reason: null,
      startedAt: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
      finishedAt: null,
      subject: { __typename: 'Employee', id: 'eb3e79ac-44c3-49e8-9e2f-4c8cb2a1a6e5' },
      steps: [],
    })
  })

  test('is about the same thing as those before it, whatever tells them apart', async () => {
    const invoice = '5a2d0a3c-9d2c-4f0d-9d0b-0d8b1a1c7f22'
    const rounds = [1, 2].map((round) => `${invoice}:${round}`)
    const ids = await Promise.all(
      rounds.map((correlation) => subgraph.saga({ definition: 'issueInvoice', correlation })),
    )
    for (const id of ids) expect((await shown(id)).process.subject).toEqual({ __typename: 'Invoice', id: invoice })
    const about = async (subjectId: string) => {
      const list = 'query ($of: ID!) { processes(filter: { subjectId: $of }) { totalCount } }'
      return (await subgraph.ask(operator, list, { of: subjectId })).data.processes.totalCount
    }
    expect([await about(invoice), await about(invoice.slice(0, -1)), await about('%')]).toEqual([2, 0, 0])
  })

  test('may be about nothing that is in the graph', async () => {
    for (const definition of ['closeMonth', 'writeOff']) {
      const { process, errors } = await shown(await subgraph.saga({ definition }))
      expect({ subject: process.subject, errors }).toEqual({ subject: null, errors: [] })
    }
  })

  test('shows its steps forward, then what was undone from the last to the first', async () => {
    const id = await subgraph.saga(
      {
        state: 'COMPENSATED',
        finished_at: '2026-11-23T08:15:00Z',
        reason: { code: 'APPROVAL_REJECTED', message: 'no', kind: 'rejection' },
      },
      // As a table gives them: in no order.
      [
        { seq: -1, direction: 'BACKWARD', name: 'rolledBack', sent: 1 },
        { seq: 1, name: 'contract', status: 'WAITING', sent: 1 },
        { seq: 0, direction: 'BACKWARD', name: 'account', sent: 2 },
        { seq: 1, direction: 'BACKWARD', name: 'contract', status: 'SKIPPED' },
        { seq: 0, name: 'account', finished_at: '2026-11-23T08:15:00Z', sent: 3 },
      ],
    )
    const { process } = await shown(id)
    expect(process).toMatchObject({ state: 'COMPENSATED', reason: 'APPROVAL_REJECTED' })
    expect(process.finishedAt).toBe('2026-11-23T08:15:00.000Z')
    expect(stepsOf(process)).toEqual([
      'FORWARD account',
      'FORWARD contract',
      'COMPENSATION contract',
      'COMPENSATION account',
      'COMPENSATION rolledBack',
    ])
    expect(process.steps[0]).toMatchObject({ status: 'DONE', attempts: 3, error: null })
    expect(process.steps[1]).toMatchObject({ status: 'WAITING', attempts: 1, finishedAt: null })
    expect(process.steps[3]).toMatchObject({ attempts: 2 })
  })

  test('that is stuck tells why, by code alone', async () => {
    const id = await subgraph.saga(
      { state: 'STUCK', error: { code: 'EMPLOYEE_NOT_ACTIVE', message: 'Jörg Weiß is DRAFT' } },
      [{ seq: 0, name: 'onboarding', status: 'REFUSED', error: { code: 'EMPLOYEE_NOT_ACTIVE', message: 'Jörg Weiß' } }],
    )
    const { process } = await shown(id)
    expect(process).toMatchObject({ reason: 'EMPLOYEE_NOT_ACTIVE', steps: [{ error: 'EMPLOYEE_NOT_ACTIVE' }] })
    expect(JSON.stringify(process)).not.toContain('Weiß')
  })

  test('shows each sending of its steps, when, by whom and what came of it', async () => {
    const id = await subgraph.saga({}, [
      { seq: 0, name: 'account', sent: 2 },
      { seq: 1, name: 'contract' },
    ])
    await subgraph.sql(
      `insert into saga.attempt (saga_id, tenant_id, seq, direction, round, worker, outcome, code, message, began_at)
       values ($1, $2, 0, 'BACKWARD', 1, 'worker-2', 'REFUSED', 'PAYROLL_ACCOUNT_CLOSED', 'Frau Weiß', now())`,
      [id, subgraph.tenantId],
    )
    await subgraph.sql(
      `insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, command)
       values ($1, $2, 0, 'BACKWARD', 'account', 'step', 'REFUSED', '{}')`,
      [id, subgraph.tenantId],
    )
    const timeline = `query ($id: ID!) { process(id: $id) { timeline {
      step direction round worker outcome error tookMs beganAt endedAt } } }`
    const { data } = await subgraph.ask(operator, timeline, { id })
    const first = { step: 'account', direction: 'FORWARD', round: 0, worker: 'worker-1', outcome: 'DONE', error: null }
    expect(data.process.timeline).toEqual([
      expect.objectContaining({ ...first, tookMs: expect.any(Number) }),
      expect.objectContaining(first),
      expect.objectContaining({
        ...{ step: 'account', direction: 'COMPENSATION', round: 1, worker: 'worker-2' },
        ...{ outcome: 'REFUSED', error: 'PAYROLL_ACCOUNT_CLOSED' },
      }),
    ])
    expect(Math.abs(data.process.timeline[0].tookMs - 2_000)).toBeLessThan(500)
    expect(JSON.stringify(data)).not.toContain('Weiß')
  })

  test('is seen by those who may read processes, in their own tenant', async () => {
    const id = await subgraph.saga({}, [{ seq: 0, name: 'account' }])
    expect((await shown(id, stranger)).process).toBeNull()
    const { errors } = await shown(id, { ...operator, scopes: ['hr:read'] })
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
    expect((await shown('no id')).process).toBeNull()
  })

  test('is known by its id to other domains', async () => {
    const id = await subgraph.saga({}, [{ seq: 0, name: 'account' }])
    const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Process { state steps { name } } } }`
    const { data } = await subgraph.ask(operator, entities, { of: [{ __typename: 'Process', id }] })
    expect(data._entities).toEqual([{ state: 'RUNNING', steps: [{ name: 'account' }] }])
  })
})
