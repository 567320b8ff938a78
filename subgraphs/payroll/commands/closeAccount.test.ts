import { randomUUID } from 'node:crypto'
import { createPool, withConnection } from '@steinmetz/kernel/database'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Payroll, payroll, stranger, worker } from '../testing/payroll.ts'

describe('closeAccount', () => {
  let subgraph: Payroll
  beforeAll(async () => {
    subgraph = await payroll()
  })
  afterAll(() => subgraph.stop())

  test('closes what openAccount has opened, and records it', async () => {
    const { id, employeeId, key } = await subgraph.account()
    const { result } = await subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: key })
    expect(result).toEqual({ __typename: 'CloseAccountPayload', accountId: id })
    expect(await subgraph.row(id)).toMatchObject({ status: 'CLOSED', version: 2, closed_at: expect.any(Date) })
    expect((await subgraph.audit(id)).at(-1)).toMatchObject({
      operation: 'UPDATE',
      before: { status: 'OPEN', version: 1 },
      after: { status: 'CLOSED', version: 2 },
      context: { command: 'closeAccount' },
    })
  })

  test('closes nothing where openAccount never arrived, and has it refused should it still arrive', async () => {
    const employeeId = randomUUID()
    const { result } = await subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: 'late' })
    expect(result).toEqual({ __typename: 'CloseAccountPayload', accountId: null })

    const late = await subgraph.send(worker, 'openAccount', { employeeId, startsOn: '2027-01-01' }, { key: 'late' })
    expect(late.result).toMatchObject({ __typename: 'Refusal', code: 'COMPENSATED' })
    expect(await subgraph.sql('select 1 from payroll_account where employee_id = $1', [employeeId])).toHaveLength(0)
  })

  test('leaves an account alone that another process has opened', async () => {
    const { id, employeeId } = await subgraph.account()
    const refused = { employeeId, startsOn: '2027-01-01' }
    await subgraph.send(worker, 'openAccount', refused, { key: 'refused' })
    const { result } = await subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: 'refused' })
    expect(result.accountId).toBeNull()
    expect(await subgraph.row(id)).toMatchObject({ status: 'OPEN', version: 1 })
  })

  test('refuses what is no key of the command it undoes', async () => {
    const { id, employeeId } = await subgraph.account()
    const { result } = await subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: 'a\tb' })
    expect(result).toMatchObject({ __typename: 'Refusal', code: 'INVALID_INPUT' })
    expect(await subgraph.row(id)).toMatchObject({ status: 'OPEN' })
  })

  test('closes once, however often it comes', async () => {
    const { id, employeeId, key } = await subgraph.account()
    const keys = { key: 'once', forwardKey: key }
    const first = await subgraph.send(worker, 'closeAccount', { employeeId }, keys)
    const again = await subgraph.send(worker, 'closeAccount', { employeeId }, keys)
    expect(again).toEqual({ ...first, replayed: true })
    const byAnotherKey = await subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: key })
    expect(byAnotherKey.result.accountId).toBe(id)
    expect(await subgraph.row(id)).toMatchObject({ status: 'CLOSED', version: 2 })
    expect(await subgraph.audit(id)).toHaveLength(2)
  })

  test('is run again when the account changes while it is being closed', async () => {
    const { id, employeeId, key } = await subgraph.account()
    const pool = createPool({ connectionString: subgraph.database.superuserUrl })
    await withConnection(pool, async (other) => {
      await other.query('begin')
      await other.query('update payroll_account set version = version + 1 where id = $1', [id])
      const closing = subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: key })
      await vi.waitFor(async () => {
        const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        expect(await subgraph.sql(waiting)).toHaveLength(1)
      })
      await other.query('commit')
      expect((await closing).result.accountId).toBe(id)
    })
    await pool.end()
    expect(await subgraph.row(id)).toMatchObject({ status: 'CLOSED', version: 3 })
  })

  test('is sent by processes alone, and reaches no account of another tenant', async () => {
    const { id, employeeId, key } = await subgraph.account()
    const asUser = await subgraph.send(
      { ...worker, service: 'gateway' },
      'closeAccount',
      { employeeId },
      { forwardKey: key },
    )
    expect(asUser.error?.code).toBe('FORBIDDEN')
    const theirs = { ...worker, tenantId: stranger.tenantId ?? '' }
    const { result } = await subgraph.send(theirs, 'closeAccount', { employeeId }, { forwardKey: key })
    expect(result.accountId).toBeNull()
    expect(await subgraph.row(id)).toMatchObject({ status: 'OPEN', version: 1 })
  })
})
