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

  test('tell what a version does differently, and how many of the firm’s processes stay on the other', async () => {
    const shape = (version: number, ...steps: string[]) =>
      JSON.stringify({ name: 'payOut', version, steps: steps.map((name) => ({ name, kind: 'step' })) })
    const publish = (version: number, status: string, ...steps: string[]) =>
      subgraph.sql(
        `insert into saga.definition (name, version, owner, content_hash, shape, status)
         values ('payOut', $1, 'payroll', '', $2, $3)`,
        [version, shape(version, ...steps), status],
      )
    await publish(1, 'ACTIVE', 'transfer')
    await subgraph.saga({ definition: 'payOut' })
    await publish(3, 'PUBLISHED', 'check', 'transfer')
    const query = `query ($since: Int) { processDefinitions { name version changes(since: $since) {
      since others stayingCount steps { name change before after } } } }`
    const changesOf = async (since?: number) => {
      const { data } = await subgraph.ask(operator, query, { since })
      type Row = { name: string; version: number; changes: unknown }
      const rows: Row[] = data.processDefinitions.filter(({ name }: Row) => name === 'payOut')
      return Object.fromEntries(rows.map(({ version, changes }) => [version, changes]))
    }
    const check = { name: 'check', kind: 'step' }
    const added = { name: 'check', change: 'ADDED', before: null, after: check }
    const differs = { since: 1, others: [], stayingCount: 1, steps: [added] }
    expect(await changesOf()).toEqual({ 3: differs, 1: null })
    expect(await changesOf(1)).toEqual({ 3: differs, 1: null })
    expect(await changesOf(7)).toEqual({ 3: null, 1: null })
  })

  test('are for those who may read processes', async () => {
    const { errors } = await subgraph.ask({ ...operator, scopes: [] }, list)
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
