import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const list = `query ($first: Int! = 10, $after: String, $filter: DeadLetterFilter, $descending: Boolean! = true) {
  deadLetters(first: $first, after: $after, filter: $filter, descending: $descending) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id source type code attempts aggregateId traceId settledAt outcome orders { kind }
      process { id state } } } } }`

describe('dead letters', () => {
  let subgraph: Processes
  let stuck: string
  const ids: string[] = []
  beforeAll(async () => {
    subgraph = await processes()
    stuck = await subgraph.saga({ state: 'STUCK' })
    ids.unshift(await subgraph.letter({ aggregate_id: 'employee-1', created_at: '2026-11-01T08:00:00Z' }))
    ids.unshift(await subgraph.letter({ source: 'STEP', saga_id: stuck, type: 'hr.activateEmployee' }))
    ids.unshift(await subgraph.letter({ settled_at: '2026-11-23T08:00:00Z', outcome: 'SKIPPED' }))
    await subgraph.letter({ tenant_id: stranger.tenantId ?? '' })
  })
  afterAll(() => subgraph.stop())

  async function listed(variables: object = {}, caller = operator) {
    const { data, errors } = await subgraph.ask(caller, list, variables)
    const nodes: { id: string }[] = data?.deadLetters.edges.map(({ node }: { node: object }) => node) ?? []
    return { ...data?.deadLetters, nodes, nths: nodes.map(({ id }) => ids.indexOf(id)), errors }
  }

  test('tell what went wrong with what, and nothing personal', async () => {
    const { nodes } = await listed({ filter: { open: true } })
    expect(nodes).toEqual([
      expect.objectContaining({ source: 'STEP', type: 'hr.activateEmployee', process: { id: stuck, state: 'STUCK' } }),
      {
        ...{ id: ids[2], source: 'EVENT', type: 'hr.EmployeeDrafted', code: 'ZodError', attempts: 1 },
        ...{ aggregateId: 'employee-1', traceId: '0af7651916cd43dd8448eb211c80319c' },
        ...{ settledAt: null, outcome: null, orders: [], process: null },
      },
    ])
    expect(JSON.stringify(nodes)).not.toContain('Weiß')
  })

  test('are listed newest first or oldest first, page by page', async () => {
    const first = await listed({ first: 2 })
    expect(first).toMatchObject({ nths: [0, 1], totalCount: 3, pageInfo: { hasNextPage: true } })
    expect((await listed({ first: 2, after: first.pageInfo.endCursor })).nths).toEqual([2])
    expect((await listed({ descending: false })).nths).toEqual([2, 1, 0])
  })

  test('are filtered by source, type, age, and whether they are open', async () => {
    const nths = async (filter: object) => (await listed({ filter })).nths
    expect(await nths({ source: 'STEP' })).toEqual([1])
    expect(await nths({ type: 'hr.EmployeeDrafted' })).toEqual([0, 2])
    expect(await nths({ open: false })).toEqual([0])
    expect(await nths({ open: null })).toEqual([0, 1, 2])
    expect(await nths({ createdUntil: '2026-11-02T00:00:00Z' })).toEqual([2])
    expect(await nths({ createdSince: '2026-11-02T00:00:00Z', open: true })).toEqual([1])
  })

  test('are seen by those who may read processes, in their own tenant', async () => {
    expect((await listed({}, stranger)).totalCount).toBe(1)
    const { errors } = await listed({}, { ...operator, scopes: ['processes:operate'] })
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
    expect((await listed({ after: 'bm9uc2Vuc2U' })).errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })
})
