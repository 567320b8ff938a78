import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankData, clerk, type Payroll, payroll, stranger, taxData } from '../testing/payroll.ts'

describe('what payroll tells of others', () => {
  let subgraph: Payroll
  beforeAll(async () => {
    subgraph = await payroll()
  })
  afterAll(() => subgraph.stop())

  async function entities(representations: object[], fields: string, caller = clerk) {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ${fields} } }`
    const { data, errors } = await subgraph.ask(caller, query, { of: representations })
    return { found: data?._entities ?? [], errors }
  }

  const views = (entityId: string) =>
    subgraph.sql("select * from kernel.audit where operation = 'VIEW' and entity_id = $1", [entityId])

  async function filledIn() {
    const opened = await subgraph.account()
    const accountId = opened.id
    await subgraph.send(clerk, 'setTaxData', { accountId, expectedVersion: 1, ...taxData })
    await subgraph.sql('update payroll_account set iban = $2, account_holder = $3 where id = $1', [
      accountId,
      bankData.iban,
      bankData.accountHolder,
    ])
    return opened
  }

  test('is the account of each employee, null for one who has none', async () => {
    const opened = await Promise.all([subgraph.account(), subgraph.account()])
    const employees = [...opened.map(({ employeeId }) => employeeId), randomUUID()]
    const representations = employees.map((id) => ({ __typename: 'Employee', id }))
    const { found } = await entities(representations, '... on Employee { id payrollAccount { id employee { id } } }')
    expect(found).toEqual([
      ...opened.map(({ id, employeeId }) => ({ id: employeeId, payrollAccount: { id, employee: { id: employeeId } } })),
      { id: employees[2], payrollAccount: null },
    ])
    const theirs = await entities(representations, '... on Employee { payrollAccount { id } }', stranger)
    expect(theirs.found).toEqual([{ payrollAccount: null }, { payrollAccount: null }, { payrollAccount: null }])
  })

  test('records who has read where a salary goes, and only then', async () => {
    const { id } = await filledIn()
    const empty = await subgraph.account()
    const account = `query ($id: ID!) { payrollAccount(id: $id) { taxData { taxId } } }`
    await subgraph.ask(clerk, account, { id })
    expect(await views(id)).toHaveLength(0)

    const bank = `query ($id: ID!) { payrollAccount(id: $id) { bankData { iban accountHolder } } }`
    const { data } = await subgraph.ask({ ...clerk, person: 'curious' }, bank, { id })
    expect(data.payrollAccount.bankData).toEqual(bankData)
    expect(await views(id)).toMatchObject([
      { entity: 'PayrollAccount', before: null, after: null, context: { person: 'curious' } },
    ])

    await subgraph.ask(clerk, bank, { id: empty.id })
    expect(await views(empty.id)).toHaveLength(0)
  })

  test('is what an audit record of payroll says in plain text, recorded as read', async () => {
    const { id } = await filledIn()
    const [, changed] = await subgraph.audit(id)
    const record = { __typename: 'AuditRecord', id: randomUUID(), ...snapshots(changed) }
    const auditor = { ...clerk, person: 'auditor', scopes: ['payroll:read', 'hr:personal'] }
    const fields = '... on AuditRecord { payrollBefore payrollAfter }'
    const { found } = await entities([record], fields, auditor)
    expect(found[0]).toMatchObject({
      payrollBefore: { taxId: null },
      payrollAfter: { taxId: taxData.taxId, taxClass: 3, childAllowanceHalves: 3, churchTax: true },
    })
    expect(await views(record.id)).toHaveLength(1)

    const ofPersonnel = await entities([{ ...record, entity: 'Employee' }], fields, auditor)
    expect(ofPersonnel.found).toEqual([{ payrollBefore: null, payrollAfter: null }])
    const without = await entities([record], fields, { ...auditor, scopes: ['payroll:read'] })
    expect(without.errors[0]?.extensions.code).toBe('FORBIDDEN')
  })

  test('reads null for a person whose key was destroyed', async () => {
    const { id, employeeId } = await filledIn()
    const [, changed] = await subgraph.audit(id)
    await subgraph.sql('delete from kernel.person_key where person_id = $1', [employeeId])
    const record = { __typename: 'AuditRecord', id: randomUUID(), ...snapshots(changed) }
    const auditor = { ...clerk, scopes: ['payroll:read', 'hr:personal'] }
    const { found } = await entities([record], '... on AuditRecord { payrollAfter }', auditor)
    expect(found[0].payrollAfter).toMatchObject({ employeeId, status: 'OPEN', taxId: null, churchTax: null })
  })
})

function snapshots(row: Record<string, unknown> | undefined) {
  const { entity, before, after } = row ?? {}
  return { entity, before, after }
}
