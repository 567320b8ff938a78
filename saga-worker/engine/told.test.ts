import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idOf } from '../testing/begun.ts'
import { probe } from '../testing/faultModel.ts'
import { poolOf } from '../testing/poolOf.ts'
import { contentHash, shapeOf } from './definition.ts'
import { type Instance, unborn } from './instance.ts'
import { type Move, stay } from './move.ts'
import { openStore, type Store } from './store.ts'
import { begin, stuck } from './transition.ts'

const cause = { person: 'clerk', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' }
const attempt = { outcome: 'IN_DOUBT', round: 0, tookMs: 5, error: { code: 'UNREACHABLE', message: 'no' } } as const

let database: TestDatabase
let store: Store
let behind: pg.Pool

beforeAll(async () => {
  database = await testDatabase('processes')
  const options = { connectionString: database.engineUrl, max: 2, leaseMs: 60_000, knows: ['probe@1'], worker: 'one' }
  store = openStore(options)
  behind = poolOf(database.superuserUrl)
  await store.publish({ ...probe, hash: contentHash(probe), shape: shapeOf(probe) })
})
afterAll(async () => {
  await Promise.all([store?.close(), behind?.end()])
  await database?.drop()
})

async function inHand(): Promise<Instance> {
  const from = { tenantId: randomUUID(), causedBy: cause, traceparent: null }
  const id = randomUUID()
  const named = { definition: 'probe', version: 1, deadlineDays: 30, correlation: id, start: { id } }
  const first = begin(probe, unborn(probe, { id }, from))
  const begun = await store.begin({ ...from, ...named, eventId: randomUUID(), first })
  const claimed = await store.claim(idOf(begun))
  if (!claimed) throw new Error('nobody holds it')
  return claimed
}

/** States and versions that others were told of, in order. */
async function told({ id }: Instance): Promise<string[]> {
  const text = `select payload from kernel.outbox where aggregate_id = $1 and type = 'processes.ProcessChanged' order by id`
  const { rows } = await behind.query(text, [id])
  return rows.map(({ payload }) => `${payload.state} ${payload.version}`)
}

/** Commits moves one after the other, each where the last has left the saga. */
async function moveOn(instance: Instance, ...moves: ((at: Instance) => Move)[]) {
  for (const [nth, next] of moves.entries()) {
    const at = { ...instance, moves: instance.moves + nth }
    await store.move(at, next(at), attempt)
  }
}

describe('of a saga others are told', () => {
  it('that it has begun, and for whom, by ids alone', async () => {
    const { id, tenantId } = await inHand()
    const { rows } = await behind.query('select * from kernel.outbox where aggregate_id = $1', [id])
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      ...{ tenant_id: tenantId, type: 'processes.ProcessChanged', context: cause, published_at: null },
      payload: { processId: id, definition: 'probe', state: 'RUNNING', version: 0 },
    })
  })

  it('when its state changes and when it pauses, not of steps it just goes through', async () => {
    const instance = await inHand()
    await moveOn(
      instance,
      stay,
      (at) => ({ ...stay(at), cursor: 1 }),
      (at) => ({ ...stay(at), run: { at: 'after', ms: 0 } }),
      (at) => stuck(at, { code: 'UNREACHABLE', message: 'no' }),
    )
    expect(await told(instance)).toEqual(['RUNNING 0', 'RUNNING 3', 'STUCK 4'])
  })

  it('when an order was dealt with, whatever came of it', async () => {
    const instance = await inHand()
    await moveOn(instance, (at) => ({ ...stay(at), consumes: [{ id: randomUUID(), outcome: 'NOT_STUCK' }] }))
    expect(await told(instance)).toEqual(['RUNNING 0', 'RUNNING 1'])
  })

  it('once of a move that is committed twice, and nothing of one that does not hold', async () => {
    const instance = await inHand()
    const move: Move = { ...stay(instance), state: 'STUCK' }
    await store.move({ ...instance, fence: '0' }, move, null)
    expect(await told(instance)).toEqual(['RUNNING 0'])
    await store.move(instance, move, null)
    await store.move(instance, move, null)
    expect(await told(instance)).toEqual(['RUNNING 0', 'STUCK 1'])
  })

  it('nothing but this by the engine, which reads nothing of what others tell', async () => {
    const engine = poolOf(database.engineUrl)
    const write = `insert into kernel.outbox (tenant_id, type, aggregate_id, payload, context)
      values (gen_random_uuid(), $1, 'a', '{}', '{}')`
    await expect(engine.query(write, ['hr.EmployeeActivated'])).rejects.toThrow('row-level security')
    await expect(engine.query('select from kernel.outbox')).rejects.toThrow('permission denied')
    await engine.end()
  })
})
