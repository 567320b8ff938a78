import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const list = `query ($first: Int!, $after: String, $filter: ProcessFilter) {
  processes(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage hasPreviousPage endCursor } edges { cursor node { id steps { name } } } } }`

const subject = '5a2d0a3c-9d2c-4f0d-9d0b-0d8b1a1c7f11'

describe('processes', () => {
  let subgraph: Processes
  const ids: string[] = []
  beforeAll(async () => {
    subgraph = await processes()
    ids.unshift(await subgraph.saga({ correlation: subject, state: 'COMPLETED', finished_at: '2026-11-23T08:15:00Z' }))
    ids.unshift(await subgraph.saga({ state: 'WAITING' }, [{ seq: 0, name: 'account' }]))
    ids.unshift(await subgraph.saga({ definition: 'closeMonth' }))
    ids.unshift(await subgraph.saga({ state: 'WAITING' }))
    await subgraph.saga({ tenant_id: stranger.tenantId ?? '' })
  })
  afterAll(() => subgraph.stop())

  async function listed(variables: object, caller = operator) {
    const { data, errors } = await subgraph.ask(caller, list, { first: 10, ...variables })
    const edges: { node: { id: string; steps: object[] } }[] = data?.processes.edges ?? []
    return { ...data?.processes, edges, ids: edges.map(({ node }) => node.id), errors }
  }

  test('are listed newest first, page by page, however many come meanwhile', async () => {
    const first = await listed({ first: 3 })
    expect(first).toMatchObject({ ids: ids.slice(0, 3), totalCount: 4, pageInfo: { hasNextPage: true } })
    expect(first.edges[2]?.node.steps).toEqual([{ name: 'account' }])
    const newer = await subgraph.saga({ definition: 'writeOff' })
    const second = await listed({ first: 3, after: first.pageInfo.endCursor })
    expect(second).toMatchObject({ ids: ids.slice(3), pageInfo: { hasNextPage: false, hasPreviousPage: true } })
    expect((await listed({ first: 1 })).ids).toEqual([newer])
  })

  test('are filtered by definition, state and subject', async () => {
    expect((await listed({ filter: { definition: 'closeMonth' } })).ids).toEqual([ids[1]])
    expect((await listed({ filter: { state: 'WAITING' } })).ids).toEqual([ids[0], ids[2]])
    expect(await listed({ filter: { subjectId: subject } })).toMatchObject({ ids: [ids[3]], totalCount: 1 })
    expect((await listed({ filter: { subjectId: subject, state: 'WAITING' } })).ids).toEqual([])
  })

  test('are not found by a cursor that somebody made up, nor more than 100 at once', async () => {
    for (const wrong of [{ after: 'bm9uc2Vuc2U' }, { first: 101 }, { first: 0 }]) {
      const { errors } = await listed(wrong)
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
  })

  test('are seen by those who may read them, in their own tenant', async () => {
    expect((await listed({}, stranger)).totalCount).toBe(1)
    const { errors } = await listed({}, { ...operator, scopes: [] })
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
