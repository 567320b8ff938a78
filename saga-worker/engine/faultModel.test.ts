import { testDatabase } from '@steinmetz/stack/testing'
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Action, play, probe, type Schedule, type World } from '../testing/faultModel.ts'
import { poolOf } from '../testing/poolOf.ts'
import { contentHash, shapeOf } from './definition.ts'
import type { Instance } from './instance.ts'
import type { Started } from './move.ts'
import { plan } from './signal.ts'
import { statements } from './statements.ts'
import { openStore, type Store } from './store.ts'
import { onOutcome } from './transition.ts'

// Under load a schedule takes ten times as long as alone.
vi.setConfig({ testTimeout: 60_000 })

const leaseMs = 60_000
let database: Awaited<ReturnType<typeof testDatabase>>
let outside: pg.Pool
const open: Store[] = []

const store = (worker: string, changed: Partial<Record<keyof typeof statements, string>> = {}) => {
  const opened = openStore({
    ...{ connectionString: database.engineUrl, max: 2, worker, leaseMs, knows: ['probe@1'] },
    statements: { ...statements, ...changed },
  })
  open.push(opened)
  return opened
}
/** A statement with something left out or replaced, which must have been there. */
function without(
  name: keyof typeof statements,
  part: string | RegExp,
  by = '',
): Partial<Record<keyof typeof statements, string>> {
  const broken = statements[name].replaceAll(new RegExp(part, 'g'), by)
  if (broken === statements[name]) throw new Error(`${name} has no ${part}`)
  return { [name]: broken }
}

const moveWithout = (part: string) => ({
  ...without('advance', part),
  ...without('move', part),
  ...without('moveGivingBack', part),
})

beforeAll(async () => {
  database = await testDatabase('processes')
  outside = poolOf(database.engineUrl)
  const { name, version, owner, subject } = probe
  await store('publisher').publish({ name, version, owner, subject, shape: shapeOf(probe), hash: contentHash(probe) })
})
afterAll(async () => {
  await Promise.all(open.map((each) => each.close()))
  await outside?.end()
  await database?.drop()
})

const network = fc.array(fc.constantFrom('ok', 'ok', 'lost', 'late', 'twice', 'never'), { maxLength: 4 })
const commits = fc.array(fc.constantFrom('ok', 'ok', 'unheard', 'late'), { maxLength: 5 })
const worker = fc.constantFrom(0, 1)
const at = fc.integer({ min: 1, max: 12 })
const boundary = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 22 }))
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('run'), worker, crashAt: boundary, network, commits }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('both'), crashAt: boundary, network }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause'), worker, at, crashAt: boundary, network }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('time', 'cancel', 'cancel', 'decide', 'deadline', 'arrive') }),
  },
) as fc.Arbitrary<Action>
const schedules: fc.Arbitrary<Schedule> = fc.record({
  inHand: fc.boolean(),
  reach: fc.constantFrom('begun', 'waiting', 'decided', 'decided'),
  actions: fc.array(action, { maxLength: 10, size: 'max' }),
  refuse: fc.constantFrom('a', 'q', 'p', null, null, null, 'changed', 'changed'),
  verdict: fc.constantFrom('APPROVED', 'APPROVED', 'APPROVED', 'REJECTED', 'EXPIRED'),
})

/** As above, and what the saga is about changes again and again. */
const changing: fc.Arbitrary<Schedule> = fc
  .tuple(schedules, fc.array(fc.nat({ max: 10 }), { minLength: 1, maxLength: 8 }))
  .map(([schedule, places]) => ({
    ...schedule,
    actions: places.reduce((actions, place) => actions.toSpliced(place, 0, { do: 'change' }), schedule.actions),
  }))

async function violation(
  world: World,
  run: { numRuns: number; seed?: number; interruptAfterTimeLimit?: number },
  of = schedules,
): Promise<string | null> {
  const result = await fc.check(
    fc.asyncProperty(of, async (schedule) => {
      const wrong = await play(world, schedule)
      if (wrong.length > 0) throw new Error(wrong.join('; '))
    }),
    { ...run, endOnFailure: true },
  )
  if (!result.failed) return null
  const { message } = result.errorInstance as Error
  return `${message}\nseed ${result.seed}, schedule ${JSON.stringify(result.counterexample)}`
}

/** Compensatable steps in doubt are not seen when a saga is cancelled. */
function hidingStarted(instance: Instance): Instance {
  const cancelled = instance.signals.some(({ kind }) => kind === 'CANCEL')
  const seen = instance.steps.filter(({ status, kind }) => status !== 'STARTED' || kind === 'pivot')
  return cancelled ? { ...instance, steps: seen } : instance
}

/** A pivot in doubt is taken for one that never started. */
function hidingPivot(instance: Instance): Instance {
  const cancelled = instance.signals.some(({ kind }) => kind === 'CANCEL')
  return cancelled ? { ...instance, steps: instance.steps.filter(({ kind }) => kind !== 'pivot') } : instance
}

async function startAlone({ id, tenantId }: Instance, starts: Started): Promise<void> {
  const { seq, direction, name, kind, command } = starts
  await outside.query(
    `insert into saga.step (saga_id, tenant_id, seq, direction, name, kind, status, command)
     values ($1, $2, $3, $4, $5, $6, 'STARTED', $7) on conflict do nothing`,
    [id, tenantId, seq, direction, name, kind, JSON.stringify(command)],
  )
}

describe('a saga under faults', () => {
  it('ends, does nothing twice, and undoes what it did: whatever dies, sleeps, or arrives late', async () => {
    const world = { stores: [store('one'), store('two')], outside, leaseMs } as const
    expect(await violation(world, { numRuns: 300, interruptAfterTimeLimit: 8_000 })).toBeNull()
  })

  it('does so, too, when what it is about changes meanwhile, and it asks anew', async () => {
    const world = { stores: [store('one'), store('two')], outside, leaseMs } as const
    expect(await violation(world, { numRuns: 200, interruptAfterTimeLimit: 8_000 }, changing)).toBeNull()
  })
})

describe('the model catches', () => {
  // With these seeds soon; with any other too, some hundred schedules later.
  const caught = async (world: Partial<World>, seed: number) => {
    const healthy = { stores: [store('one'), store('two')], outside, leaseMs } as const
    return violation({ ...healthy, ...world }, { numRuns: 3_000, seed })
  }

  it('services that forget what they have done under a key', async () => {
    // A tombstone is a key, too.
    expect(await caught({ forgets: 'keys' }, 1305229027)).toMatch(/done twice|is not undone/)
  })

  it('services that leave no tombstone', async () => {
    expect(await caught({ forgets: 'tombstones' }, 47514)).toContain('is not undone')
  })

  it('a commit that does not check where the saga stands', async () => {
    const broken = moveWithout('and i.moves = m.moves\n')
    expect(await caught({ stores: [store('one', broken), store('two', broken)] }, -619393192)).not.toBeNull()
  })

  it('a commit that does not check who holds the saga', async () => {
    const broken = moveWithout('and i.fence = m.fence')
    expect(await caught({ stores: [store('one', broken), store('two', broken)] }, -909467249)).not.toBeNull()
  })

  it('compensating only what is known to be done', async () => {
    const rules = {
      onOutcome,
      plan: ((saga, instance, retry) => plan(saga, hidingStarted(instance), retry)) as typeof plan,
    }
    expect(await caught({ rules }, 7919)).toMatch(/is not undone|has no step/)
  })

  it('rolling back a saga whose pivot is in doubt', async () => {
    const rules = {
      onOutcome,
      plan: ((saga, instance, retry) => plan(saga, hidingPivot(instance), retry)) as typeof plan,
    }
    expect(await caught({ rules }, -635405666)).toContain('the pivot was done')
  })

  it("a lease by a worker's own clock", async () => {
    const behind = without(
      'claim',
      'lease_until = clock_timestamp\\(\\)',
      `lease_until = clock_timestamp() + interval '1 hour'`,
    )
    expect(await caught({ stores: [store('one'), store('an hour ahead', behind)] }, -908665632)).toContain('lost')
  })

  it('an answer and the next start in two transactions', async () => {
    const wrap: World['wrap'] = (move, between) => async (from, next, attempt) => {
      const moved = await move(from, { ...next, starts: null }, attempt)
      await between()
      if (moved && next.starts) await startAlone(from, next.starts)
      return moved
    }
    expect(await caught({ wrap }, 1262247440)).toMatch(/nothing says what is under way|has no step/)
  })
})
