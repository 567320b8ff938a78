import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankData, clerk, type Payroll, payroll, stranger, taxData } from '../testing/payroll.ts'

const list = `query ($first: Int!, $after: String, $filter: PayrollAccountFilter,
  $orderBy: PayrollAccountOrder! = CREATED, $descending: Boolean! = false) {
  payrollAccounts(first: $first, after: $after, filter: $filter, orderBy: $orderBy, descending: $descending) {
    totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id status employee { id } } } } }`

describe('payroll accounts', () => {
  let subgraph: Payroll
  const ids: string[] = []
  beforeAll(async () => {
    subgraph = await payroll()
    for (let nth = 0; nth < 4; nth++) ids.push((await subgraph.account()).id)
    ids.push((await subgraph.closed()).id)
    const [first = '', second = ''] = ids
    await subgraph.send(clerk, 'setTaxData', { accountId: first, expectedVersion: 1, ...taxData })
    await subgraph.send(clerk, 'setBankData', { accountId: first, expectedVersion: 2, ...bankData })
    await subgraph.send(clerk, 'setTaxData', { accountId: second, expectedVersion: 1, ...taxData })
  })
  afterAll(() => subgraph.stop())

  async function listed(variables: object, caller = clerk) {
    const { data, errors } = await subgraph.ask(caller, list, { first: 10, ...variables })
    const edges: { node: { id: string } }[] = data?.payrollAccounts.edges ?? []
    return { ...data?.payrollAccounts, ids: edges.map(({ node }) => node.id), errors }
  }

  test('are listed in the order of their opening, page by page', async () => {
    const first = await listed({ first: 3 })
    expect(first).toMatchObject({ ids: ids.slice(0, 3), totalCount: 5, pageInfo: { hasNextPage: true } })
    const second = await listed({ first: 3, after: first.pageInfo.endCursor })
    expect(second).toMatchObject({ ids: ids.slice(3), pageInfo: { hasNextPage: false } })
  })

  test('are filtered by their status and by what they lack', async () => {
    expect((await listed({ filter: { status: 'CLOSED' } })).ids).toEqual(ids.slice(4))
    expect((await listed({ filter: { incomplete: true } })).ids).toEqual(ids.slice(1))
    expect((await listed({ filter: { incomplete: false } })).ids).toEqual(ids.slice(0, 1))
    expect((await listed({ filter: { incomplete: true, status: 'OPEN' } })).totalCount).toBe(3)
    expect((await listed({ filter: null })).totalCount).toBe(5)
  })

  test('are sorted by the day they open, page by page, also where several open on one day', async () => {
    const days = ['2027-03-01', '2027-01-01', '2027-02-01', '2027-01-01', '2027-01-01']
    for (const [nth, day] of days.entries())
      await subgraph.sql('update payroll_account set opens_on = $2 where id = $1', [ids[nth], day])
    const order = { orderBy: 'OPENS_ON', descending: false }
    const first = await listed({ ...order, first: 2 })
    const second = await listed({ ...order, first: 9, after: first.pageInfo.endCursor })
    const sorted = [1, 3, 4, 2, 0].map((nth) => ids[nth])
    expect([...first.ids, ...second.ids]).toEqual(sorted)
    expect((await listed({ ...order, descending: true })).ids).toEqual(sorted.toReversed())
    expect((await listed({ descending: true })).ids).toEqual(ids.toReversed())
    const spring = { opensFrom: '2027-02-01', opensUntil: '2027-03-01' }
    expect((await listed({ filter: spring })).ids).toEqual([ids[0], ids[2]])
  })

  test("are found by whose they are, by an employee's id alone", async () => {
    const { id, employeeId } = await subgraph.account()
    expect((await listed({ filter: { employeeId } })).ids).toEqual([id])
    const { errors } = await listed({ filter: { employeeId: 'Jörg' } })
    expect(errors[0]).toMatchObject({ message: expect.stringContaining('filter.employeeId: give an id') })
  })

  test('are not found by a cursor that somebody made up', async () => {
    for (const after of ['bm9uc2Vuc2U', '%', 'x'.repeat(501)]) {
      const { errors } = await listed({ after })
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
  })

  test('are seen by those who may read payroll, in their own tenant', async () => {
    expect((await listed({}, stranger)).totalCount).toBe(0)
    const { errors } = await listed({}, { ...clerk, scopes: ['hr:read'] })
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
    const one = await subgraph.ask(stranger, `query ($id: ID!) { payrollAccount(id: $id) { id } }`, { id: ids[0] })
    expect(one.data).toEqual({ payrollAccount: null })
  })
})
