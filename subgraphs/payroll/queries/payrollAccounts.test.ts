import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bankData, clerk, type Payroll, payroll, stranger, taxData } from '../testing/payroll.ts'

const list = `query ($first: Int!, $after: String, $filter: PayrollAccountFilter) {
  payrollAccounts(first: $first, after: $after, filter: $filter) {
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
