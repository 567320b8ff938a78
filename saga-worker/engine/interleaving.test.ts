import { randomUUID } from 'node:crypto'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  accountSagas,
  accountWorker,
  beginOn,
  type Kind,
  openAccounts,
  processes,
  publishAccountSagas,
} from '../testing/accounts.ts'
import { napping } from '../testing/napping.ts'
import { poolOf } from '../testing/poolOf.ts'
import { type Lock, locksOf } from './lock.ts'
import { openStore, type Store } from './store.ts'

vi.setConfig({ testTimeout: 60_000 })

let database: TestDatabase
let alone: Store
/** Of workers at the same moment. */
let stores: readonly [Store, Store, Store]
let engine: pg.Pool

beforeAll(async () => {
  database = await testDatabase('processes')
  const options = { connectionString: database.engineUrl, max: 3, leaseMs: 60_000, knows: accountSagas.known }
  const open = (worker: string) => openStore({ ...options, worker, statements: napping() })
  alone = openStore({ ...options, worker: 'alone' })
  stores = [open('one'), open('two'), open('three')]
  engine = poolOf(database.engineUrl)
  await publishAccountSagas(alone)
})
afterAll(async () => {
  await Promise.all([alone, ...(stores ?? []), engine && { close: () => engine.end() }].map((each) => each?.close()))
  await database?.drop()
})

async function unended(sagas: readonly string[]): Promise<string[]> {
  const { rows } = await engine.query(
    'select id, definition, state, awaits from saga.instance where id = any($1) and finished_at is null',
    [sagas],
  )
  return rows.map(({ id, definition, state, awaits }) => `${definition} ${id} is ${state}, awaits ${awaits}`)
}

async function locksLeft(tenantId: string): Promise<number> {
  const { rows } = await engine.query(
    `select (select count(*) from saga.semantic_lock where tenant_id = $1)::int
       + (select count(*) from saga.lock_sharer where tenant_id = $1)::int as n`,
    [tenantId],
  )
  return rows[0].n
}

describe('sagas that need the same two accounts, each beginning with another', () => {
  it('all end, however their steps interleave', async () => {
    const kinds = fc.constantFrom<Kind>('setting', 'booking')
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(kinds, { minLength: 2, maxLength: 4 }), async (scheduler, some) => {
        const tenantId = randomUUID()
        const begun = await Promise.all(
          some.map((kind, nth) => {
            const [account, other] = nth % 2 === 0 ? ['A', 'B'] : ['B', 'A']
            return beginOn(alone, kind, account, { tenantId, also: [{ resource: `Account:${other}` }] })
          }),
        )
        // One act of one saga at a time, and which is next is up to chance.
        const inTurn = { ...alone, lock: scheduler.scheduleFunction(alone.lock.bind(alone)) }
        const worker = accountWorker(inTurn, openAccounts().send)
        // Who is just being looked for by another that was let go is passed by, and has a later turn.
        for (let round = 0; round < 40 && (await unended(begun)).length > 0; round++) {
          await scheduler.waitFor(Promise.all(begun.map((one) => worker.run(one))))
          await alone.wake()
        }
        await worker.stop()
        expect(await unended(begun)).toEqual([])
        expect(await locksLeft(tenantId)).toBe(0)
      }),
      { seed: 4711, numRuns: 60, endOnFailure: true },
    )
  })
})

const group = fc.constantFrom<Kind>('booking', 'counting', 'hastyBooking')
const name = fc.constantFrom('a', 'b', 'c')
const also = fc.array(
  fc.record({
    resource: name.map((account) => `Account:${account}`),
    commutesAs: fc.constantFrom('booking', 'counting', undefined),
  }),
  { maxLength: 2 },
)
const kind = fc.oneof(group, group, fc.constantFrom<Kind>('setting', 'hasty'))
const fate = fc.array(fc.constantFrom('answered', 'unanswered', 'unanswered', 'refused'), { maxLength: 3 })
const plans = fc.record({
  sagas: fc.array(fc.record({ kind, account: name, also, fate }), { minLength: 2, maxLength: 8 }),
  /** Who is run by which worker, at the same moment; several such moments. */
  moments: fc.array(fc.array(fc.tuple(fc.nat(7), fc.nat(2)), { minLength: 2, maxLength: 8 }), { maxLength: 6 }),
})
type Plan = typeof plans extends fc.Arbitrary<infer Of> ? Of : never

/** What it has while it is at work. */
const locksFor = ({ kind, account, also }: Plan['sagas'][number]): readonly Lock[] => {
  const start = { account, nth: '', also }
  const [first] = processes[kind].steps
  return first ? locksOf(first.command({ start } as never)).locks : []
}

const agree = (some: readonly Lock[], others: readonly Lock[]) =>
  some.every((one) =>
    others.every(
      (other) =>
        one.resource !== other.resource || (one.commutesAs !== undefined && one.commutesAs === other.commutesAs),
    ),
  )

/** Plays a plan with three workers at once, then has everything answered; says what should not have happened. */
async function play({ sagas, moments }: Plan): Promise<string[]> {
  const wrong: string[] = []
  const tenantId = randomUUID()
  const accounts = openAccounts()
  const workers = stores.map((store) => accountWorker(store, accounts.send))
  const ids: string[] = []
  const held = new Map<string, readonly Lock[]>()
  for (const one of sagas) {
    const id = await beginOn(stores[0], one.kind, one.account, { tenantId, also: one.also })
    ids.push(id)
    held.set(id, locksFor(one))
    // Refused once at most: the way back is open.
    const refusal = one.fate.indexOf('refused')
    accounts.next.set(id, refusal < 0 ? [...one.fate] : one.fate.slice(0, refusal + 1))
  }
  accounts.onEntry((id) => {
    for (const other of accounts.atWork)
      if (!agree(held.get(id) ?? [], held.get(other) ?? [])) wrong.push(`${id} and ${other} are at work at once`)
  })
  for (const moment of moments)
    await Promise.all(moment.map(([nth, worker]) => workers[worker]?.run(ids[nth % ids.length] ?? '')))
  for (let round = 0; round < 40 && (await unended(ids)).length > 0; round++) {
    await stores[0].wake()
    await Promise.all(ids.map((id, nth) => workers[(nth + round) % workers.length]?.run(id)))
  }
  await Promise.all(workers.map((worker) => worker.stop()))
  wrong.push(...(await unended(ids)))
  if ((await locksLeft(tenantId)) > 0) wrong.push('a lock was never given back')
  return wrong
}

describe('sagas on the same accounts, in the hands of three workers', () => {
  it('are never at work together unless their changes commute, and all end', async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => void expect(await play(plan)).toEqual([])),
      { seed: 20_260, numRuns: 120, interruptAfterTimeLimit: 8_000, endOnFailure: true },
    )
  })
})
