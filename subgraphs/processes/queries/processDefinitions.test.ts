import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const list = `{ processDefinitions {
  name version owner status contentHash steps { name kind } runningCount stuckCount } }`

describe('definitions of processes', () => {
  let subgraph: Processes
  beforeAll(async () => {
    subgraph = await processes()
  })
  afterAll(() => subgraph.stop())

  test('tell what each version does, and how many of the firm’s processes are on it', async () => {
    await subgraph.saga()
    await subgraph.saga({ state: 'STUCK' })
    await subgraph.saga({ state: 'COMPLETED', finished_at: '2026-11-23T08:15:00Z' })
    await subgraph.saga({ definition: 'closeMonth' })
    await subgraph.saga({ tenant_id: stranger.tenantId ?? '' })
    await subgraph.sql(`insert into saga.definition (name, version, owner, content_hash, shape, status)
      values ('hireEmployee', 2, 'hr', '', '{}', 'PUBLISHED')`)
    const { data } = await subgraph.ask(operator, list)
    expect(data.processDefinitions.slice(0, 3)).toEqual([
      expect.objectContaining({ name: 'closeMonth', version: 3, steps: [], runningCount: 1, stuckCount: 0 }),
      expect.objectContaining({ name: 'hireEmployee', version: 2, status: 'PUBLISHED', runningCount: 0 }),
      {
        ...{ name: 'hireEmployee', version: 1, owner: 'hr', status: 'ACTIVE', contentHash: '5e1d' },
        ...{ steps: [{ name: 'account', kind: 'step' }], runningCount: 2, stuckCount: 1 },
      },
    ])
  })

  test('are for those who may read processes', async () => {
    const { errors } = await subgraph.ask({ ...operator, scopes: [] }, list)
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
