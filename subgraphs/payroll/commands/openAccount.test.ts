import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankData, clerk, type Payroll, payroll, stranger, taxData, worker } from '../testing/payroll.ts'

describe('openAccount', () => {
  let subgraph: Payroll
  beforeAll(async () => {
    subgraph = await payroll()
  })
  afterAll(() => subgraph.stop())

  const hired = (employeeId: string = randomUUID()) => ({ employeeId, startsOn: '2027-01-01' })

  test('opens an account for an employee, and records it', async () => {
    const input = hired()
    const { result } = await subgraph.send(worker, 'openAccount', input)
    expect(result.__typename).toBe('OpenAccountPayload')
    expect(await subgraph.row(result.accountId)).toMatchObject({
      tenant_id: subgraph.tenantId,
      employee_id: input.employeeId,
      status: 'OPEN',
      version: 1,
      tax_id: null,
      iban: null,
    })
    expect(await subgraph.audit(result.accountId)).toMatchObject([
      {
        operation: 'CREATE',
        entity: 'PayrollAccount',
        before: null,
        after: { employeeId: input.employeeId, status: 'OPEN', opensOn: '2027-01-01T00:00:00.000Z' },
        context: { command: 'openAccount', service: 'saga-worker', person: 'clerk' },
      },
    ])
  })

  test('refuses a second account of an employee who has an open one', async () => {
    const { id, employeeId } = await subgraph.account()
    const { result } = await subgraph.send(worker, 'openAccount', hired(employeeId))
    expect(result).toMatchObject({ __typename: 'Refusal', code: 'PAYROLL_ACCOUNT_EXISTS' })
    expect(await subgraph.audit(id)).toHaveLength(1)
  })

  test('opens a closed account again, without the tax and bank data it had', async () => {
    const { id, employeeId, key } = await subgraph.account()
    await subgraph.send(clerk, 'setTaxData', { accountId: id, expectedVersion: 1, ...taxData })
    await subgraph.send(clerk, 'setBankData', { accountId: id, expectedVersion: 2, ...bankData })
    await subgraph.send(worker, 'closeAccount', { employeeId }, { forwardKey: key })

    const { result } = await subgraph.send(worker, 'openAccount', { ...hired(employeeId), startsOn: '2028-04-01' })
    expect(result.accountId).toBe(id)
    expect(await subgraph.row(id)).toMatchObject({
      status: 'OPEN',
      version: 5,
      closed_at: null,
      tax_id: null,
      church_tax: null,
      iban: null,
      account_holder: null,
    })
    const last = (await subgraph.audit(id)).at(-1)
    expect(last).toMatchObject({ before: { status: 'CLOSED' }, after: { status: 'OPEN', iban: null } })
    expect(JSON.stringify(last)).not.toMatch(/DE0212|Weiß|86095742719/)
  })

  test('opens once however often the same key comes, and refuses it with another input', async () => {
    const input = hired()
    const key = 'fifty'
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => subgraph.send(worker, 'openAccount', input, { key })),
    )
    expect(new Set(answers.map(({ result }) => JSON.stringify(result)))).toHaveLength(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await subgraph.audit(answers[0]?.result.accountId)).toHaveLength(1)

    const other = await subgraph.send(worker, 'openAccount', hired(), { key })
    expect(other.error).toMatchObject({ code: 'CONFLICT', reason: 'KEY_REUSED' })
  })

  test('opens one account when two processes ask at once, and refuses the other', async () => {
    const input = hired()
    const answers = await Promise.all([1, 2, 3, 4].map(() => subgraph.send(worker, 'openAccount', input)))
    const kinds = answers.map(({ result }) => result.code ?? 'opened').sort()
    expect(kinds).toEqual(['PAYROLL_ACCOUNT_EXISTS', 'PAYROLL_ACCOUNT_EXISTS', 'PAYROLL_ACCOUNT_EXISTS', 'opened'])
  })

  test('is sent by processes alone', async () => {
    const asUser = await subgraph.send({ ...worker, service: 'gateway' }, 'openAccount', hired())
    expect(asUser.error?.code).toBe('FORBIDDEN')
    const withoutScope = await subgraph.send({ ...worker, scopes: ['payroll:write'] }, 'openAccount', hired())
    expect(withoutScope.error?.code).toBe('FORBIDDEN')
  })

  test('knows nothing of the accounts of another tenant', async () => {
    const { id, employeeId } = await subgraph.account()
    const theirs = { ...worker, tenantId: stranger.tenantId ?? '' }
    const { result } = await subgraph.send(theirs, 'openAccount', hired(employeeId))
    expect(result.__typename).toBe('OpenAccountPayload')
    expect(result.accountId).not.toBe(id)
    expect(await subgraph.row(result.accountId)).toMatchObject({ tenant_id: stranger.tenantId })
  })
})
