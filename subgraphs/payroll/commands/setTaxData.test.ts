import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Payroll, payroll, stranger, taxData } from '../testing/payroll.ts'

describe('setTaxData', () => {
  let subgraph: Payroll
  beforeAll(async () => {
    subgraph = await payroll()
  })
  afterAll(() => subgraph.stop())

  const input = (accountId: string, expectedVersion = 1) => ({ accountId, expectedVersion, ...taxData })

  test('sets what the tax office has notified, and seals all of it in the audit trail', async () => {
    const { id, employeeId } = await subgraph.account()
    const { result } = await subgraph.send(clerk, 'setTaxData', { ...input(id), taxId: '86 095 742 719' })
    expect(result).toMatchObject({ account: { id, version: 2, status: 'OPEN', taxData, bankData: null } })

    const after = (await subgraph.audit(id)).at(-1)?.after
    const sealed = { person: employeeId, sealed: expect.any(String) }
    expect(after).toMatchObject({ taxId: sealed, taxClass: sealed, childAllowanceHalves: sealed, churchTax: sealed })
    expect(await everythingKept(subgraph)).not.toContain(taxData.taxId)
  })

  test('refuses an account that is not there, one that is closed, and data that cannot be right', async () => {
    const nowhere = await subgraph.send(clerk, 'setTaxData', input(randomUUID()))
    expect(nowhere.result).toMatchObject({ __typename: 'Refusal', code: 'PAYROLL_ACCOUNT_NOT_FOUND' })

    const closed = await subgraph.closed()
    const late = await subgraph.send(clerk, 'setTaxData', input(closed.id, 2))
    expect(late.result.code).toBe('PAYROLL_ACCOUNT_CLOSED')

    const { id } = await subgraph.account()
    const wrong = await subgraph.send(clerk, 'setTaxData', { ...input(id), taxId: '86095742718' })
    expect(wrong.result.code).toBe('INVALID_INPUT')
    expect(wrong.result.message).toContain('taxId: its check digit')
    expect(await everythingKept(subgraph)).not.toContain('86095742718')
    expect(await subgraph.row(id)).toMatchObject({ version: 1, tax_id: null })
  })

  test('sets once however often the same key comes', async () => {
    const { id } = await subgraph.account()
    const first = await subgraph.send(clerk, 'setTaxData', input(id), { key: 'tax' })
    const again = await subgraph.send(clerk, 'setTaxData', input(id), { key: 'tax' })
    expect(again).toEqual({ ...first, replayed: true })
    expect(await subgraph.row(id)).toMatchObject({ version: 2 })
    expect(await subgraph.audit(id)).toHaveLength(2)
  })

  test('is told to read again when the account has changed since', async () => {
    const { id } = await subgraph.account()
    await subgraph.send(clerk, 'setTaxData', input(id))
    const stale = await subgraph.send(clerk, 'setTaxData', { ...input(id), taxClass: 5 })
    expect(stale.error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
    expect(await subgraph.row(id)).toMatchObject({ version: 2, tax_class: 3 })
  })

  test('is for those who may write payroll, in their own tenant', async () => {
    const { id } = await subgraph.account()
    const reader = await subgraph.send({ ...clerk, scopes: ['payroll:read'] }, 'setTaxData', input(id))
    expect(reader.error?.code).toBe('FORBIDDEN')
    const theirs = await subgraph.send(stranger, 'setTaxData', input(id))
    expect(theirs.result.code).toBe('PAYROLL_ACCOUNT_NOT_FOUND')
  })
})

/** All that is kept beside the account itself: audit trail, events, stored answers. */
async function everythingKept({ sql }: Payroll): Promise<string> {
  const kept = ['audit', 'outbox', 'idempotency'].map((table) => sql(`select * from kernel.${table}`))
  return JSON.stringify(await Promise.all(kept))
}
