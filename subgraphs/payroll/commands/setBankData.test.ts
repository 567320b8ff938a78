import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankData, clerk, type Payroll, payroll, stranger, taxData } from '../testing/payroll.ts'

describe('setBankData', () => {
  let subgraph: Payroll
  beforeAll(async () => {
    subgraph = await payroll()
  })
  afterAll(() => subgraph.stop())

  const input = (accountId: string, expectedVersion = 1) => ({ accountId, expectedVersion, ...bankData })

  test('sets where the salary goes, and seals it in the audit trail', async () => {
    const { id, employeeId } = await subgraph.account()
    const { result } = await subgraph.send(clerk, 'setBankData', { ...input(id), iban: 'de02 1203 0000 0000 2020 51' })
    expect(result).toMatchObject({ account: { id, version: 2, bankData, taxData: null } })

    const audit = await subgraph.audit(id)
    const sealed = { person: employeeId, sealed: expect.any(String) }
    expect(audit.at(-1)?.after).toMatchObject({ iban: sealed, accountHolder: sealed, status: 'OPEN' })
    const kept = await subgraph.sql(
      'select (select json_agg(a) from kernel.audit a) a, json_agg(i) i from kernel.idempotency i',
    )
    expect(JSON.stringify(kept)).not.toMatch(/DE0212|2020|Weiß/)
  })

  test('keeps the tax data, and the reverse', async () => {
    const { id } = await subgraph.account()
    await subgraph.send(clerk, 'setTaxData', { accountId: id, expectedVersion: 1, ...taxData })
    const { result } = await subgraph.send(clerk, 'setBankData', input(id, 2))
    expect(result.account).toMatchObject({ version: 3, taxData, bankData })
  })

  test('refuses an account that is not there, and one that is closed', async () => {
    const nowhere = await subgraph.send(clerk, 'setBankData', input(randomUUID()))
    expect(nowhere.result).toMatchObject({ __typename: 'Refusal', code: 'PAYROLL_ACCOUNT_NOT_FOUND' })
    const closed = await subgraph.closed()
    const late = await subgraph.send(clerk, 'setBankData', input(closed.id, 2))
    expect(late.result.code).toBe('PAYROLL_ACCOUNT_CLOSED')
  })

  test.each([
    [{ iban: 'DE03120300000000202051' }, 'iban: its check digits'],
    [{ iban: 'Sparkasse' }, 'iban: '],
    [{ accountHolder: ' ' }, 'accountHolder: '],
    [{ accountHolder: 'x'.repeat(71) }, 'accountHolder: '],
    [{ accountId: 'none' }, 'accountId: '],
  ])('refuses %o and says what is wrong with it', async (wrong, told) => {
    const { id } = await subgraph.account()
    const { result } = await subgraph.send(clerk, 'setBankData', { ...input(id), ...wrong })
    expect(result).toMatchObject({ __typename: 'Refusal', code: 'INVALID_INPUT' })
    expect(result.message).toContain(told)
    expect(await subgraph.row(id)).toMatchObject({ version: 1, iban: null })
  })

  test('sets once however often the same key comes', async () => {
    const { id } = await subgraph.account()
    const first = await subgraph.send(clerk, 'setBankData', input(id), { key: 'bank' })
    const again = await subgraph.send(clerk, 'setBankData', input(id), { key: 'bank' })
    expect(again).toEqual({ ...first, replayed: true })
    expect(await subgraph.audit(id)).toHaveLength(2)
  })

  test('is told to read again when the account has changed since', async () => {
    const { id } = await subgraph.account()
    await subgraph.send(clerk, 'setBankData', input(id))
    const stale = await subgraph.send(clerk, 'setBankData', { ...input(id), accountHolder: 'Anders' })
    expect(stale.error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
    expect(await subgraph.row(id)).toMatchObject({ version: 2, account_holder: bankData.accountHolder })
  })

  test('is for those who may write payroll, in their own tenant', async () => {
    const { id } = await subgraph.account()
    const reader = await subgraph.send({ ...clerk, scopes: ['payroll:read'] }, 'setBankData', input(id))
    expect(reader.error?.code).toBe('FORBIDDEN')
    const theirs = await subgraph.send(stranger, 'setBankData', input(id))
    expect(theirs.result.code).toBe('PAYROLL_ACCOUNT_NOT_FOUND')
  })
})
