import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const list = `query ($first: Int!, $after: String, $filter: ProcessFilter, $descending: Boolean! = true) {
  processes(first: $first, after: $after, filter: $filter, descending: $descending) {
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

  test('are listed oldest first where that is asked', async () => {
    const oldest = await listed({ first: 2, descending: false })
    expect(oldest.ids).toEqual([ids[3], ids[2]])
    const next = await listed({ first: 2, descending: false, after: oldest.pageInfo.endCursor })
    expect(next.ids).toEqual([ids[1], ids[0]])
  })

  test('are filtered by when they started', async () => {
    const [{ at } = { at: '' }] = await subgraph.sql('select created_at as at from saga.instance where id = $1', [
      ids[1],
    ])
    expect((await listed({ filter: { startedUntil: at } })).ids).toEqual([ids[2], ids[3]])
    expect((await listed({ filter: { startedSince: '2999-01-01T00:00:00Z' } })).totalCount).toBe(0)
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
