import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProcessChanged } from '../events.ts'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

const subscription = `subscription ($id: ID, $filter: ProcessFilter, $after: String) {
  processChanged(id: $id, filter: $filter, after: $after) { cursor process { id state steps { name } } } }`

describe('processChanged', () => {
  let subgraph: Processes
  beforeAll(async () => {
    subgraph = await processes()
  })
  afterAll(() => subgraph.stop())

  function listen(variables: Record<string, unknown>, caller = operator) {
    const { next, close } = subgraph.listen(caller, subscription, variables)
    return {
      close,
      async next() {
        const { cursor, process } = (await next()).processChanged
        return { cursor, ...process, steps: process.steps.map(({ name }: { name: string }) => name) }
      },
    }
  }

  /** Moves a process and tells of it, as the engine does in one transaction. */
  async function becomes(processId: string, state: string) {
    const columns = 'definition, state, moves, tenant_id'
    const set = 'update saga.instance set state = $2, moves = moves + 1 where id = $1'
    const [row] = await subgraph.sql(`${set} returning ${columns}`, [processId, state])
    const { type, aggregateId, payload } = ProcessChanged({
      processId,
      definition: String(row?.definition),
      state,
      version: Number(row?.moves),
    })
    const insert = `insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context) values ($1, $2, $3, $4, '{}')`
    await subgraph.sql(insert, [row?.tenant_id, type, aggregateId, payload])
  }

  test('tells how a process stands, then each change of it, and goes on from a cursor without a gap', async () => {
    const id = await subgraph.saga({}, [{ seq: 0, name: 'account' }])
    const another = await subgraph.saga()
    const first = listen({ id: id.toUpperCase() })
    expect(await first.next()).toMatchObject({ id, state: 'RUNNING', steps: ['account'] })

    await becomes(another, 'STUCK')
    await subgraph.sql(
      `insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, command)
       values ($1, $2, 1, 'FORWARD', 'contract', 'approval', 'WAITING', '{}')`,
      [id, subgraph.tenantId],
    )
    await becomes(id, 'WAITING')
    const second = await first.next()
    expect(second).toMatchObject({ id, state: 'WAITING', steps: ['account', 'contract'] })
    await first.close()

    await becomes(id, 'STUCK')
    const later = listen({ id, after: second.cursor })
    expect(await later.next()).toMatchObject({ id, state: 'STUCK' })
    await later.close()
  })

  test('tells of those that meet a filter', async () => {
    const month = await subgraph.saga({ definition: 'closeMonth' })
    const hiring = await subgraph.saga()
    const stuck = listen({ filter: { state: 'STUCK' }, after: '0:0' })
    const closing = listen({ filter: { definition: 'closeMonth' }, after: '0:0' })
    await becomes(hiring, 'WAITING')
    await becomes(month, 'COMPENSATING')
    await becomes(hiring, 'STUCK')
    while ((await stuck.next()).id !== hiring);
    expect(await closing.next()).toMatchObject({ id: month, state: 'COMPENSATING' })
    await Promise.all([stuck.close(), closing.close()])
  })

  test('tells another firm nothing', async () => {
    const id = await subgraph.saga()
    const theirs = await subgraph.saga({ tenant_id: stranger.tenantId ?? '' })
    const heard = listen({ id, after: '0:0' }, stranger)
    const all = listen({ after: '0:0' }, stranger)
    await becomes(id, 'STUCK')
    await becomes(theirs, 'STUCK')
    expect(await all.next()).toMatchObject({ id: theirs })
    await Promise.all([heard.close(), all.close()])
  })

  test('is for those who may read processes, about an id that is one', async () => {
    const unable = listen({}, { ...operator, scopes: ['processes:operate'] })
    await expect(unable.next()).rejects.toThrow('processes:read')
    const wrong = listen({ id: 'everything' })
    await expect(wrong.next()).rejects.toThrow('id: give an id')
    await Promise.all([unable.close(), wrong.close()])
  })
})
