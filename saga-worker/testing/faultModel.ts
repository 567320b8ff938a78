import { randomUUID } from 'node:crypto'
import { fault } from '@steinmetz/kernel/errors'
import { createLog } from '@steinmetz/kernel/telemetry'
import type pg from 'pg'
import { settled } from '../adapters/outsideSystems.ts'
import { topicOf } from '../engine/approval.ts'
import { type Envelope, external, type Outcome, type Send } from '../engine/command.ts'
import { type Boundary, type CoordinatorOptions, createCoordinator } from '../engine/coordinator.ts'
import { type Instance, unborn } from '../engine/instance.ts'
import { born } from '../engine/move.ts'
import { saga } from '../engine/saga.ts'
import type { Store } from '../engine/store.ts'
import { begin } from '../engine/transition.ts'

// A small world in which everything that can go wrong between a saga, two workers and the services does go
// wrong, in an order that a schedule says. The database is real; the services and the network are not.

/** An approval wants to be followed up as soon as it waits, once. */
const longAgo = '2020-01-01T00:00:00.000Z'

const send = (mutation: string) => ({ subgraph: 'probe', mutation, input: {} })
/** What the probe sends outside. */
export const callOutside = (operation: string) => external('outside', operation, {})
const policy = 'probe'

/** Two locks, one of them shared, a step outside, an approval, the pivot, a step behind it, and the end of a rollback. */
export const probe = saga({
  name: 'probe',
  version: 1,
  owner: 'nobody',
  subject: 'Probe',
  isolation: { whenBusy: 'wait', commutesAs: 'probing', also: ({ start }) => [{ resource: `Alone:${start.id}` }] },
  startOn: { type: 'probe.Began', parse: (payload: unknown) => payload as { id: string } },
  correlateBy: ({ id }) => id,
  deadlineDays: 30,
})
  .external('a', { command: () => callOutside('a'), compensate: () => callOutside('undo-a') })
  .approval('q', {
    request: ({ start }) => ({ ...send('q'), input: { policy, subjectType: 'Probe', subjectId: start.id } }),
    withdraw: () => send('undo-q'),
    anew: { from: 'a', refusal: 'CHANGED' },
  })
  .pivot('p', { command: () => send('p') })
  .retriable('r', { command: () => send('r') })
  .onRolledBack(() => send('z'))

/** How one sending goes: answered; done but the answer lost; done much later; done twice; never arrived. */
export type Network = 'ok' | 'lost' | 'late' | 'twice' | 'never'
/** How one commit goes: answered; done but nobody told so; done much later, behind its repetition. */
export type Commit = 'ok' | 'unheard' | 'late'
export type Action =
  | { do: 'run'; worker: 0 | 1; crashAt: number; network: Network[]; commits: Commit[] }
  | { do: 'both'; crashAt: number; network: Network[] }
  | { do: 'pause'; worker: 0 | 1; at: number; crashAt: number; network: Network[] }
  | { do: 'time' | 'cancel' | 'decide' | 'deadline' | 'arrive' | 'change' }
export type Schedule = {
  /** Whether the worker that begins it has it in hand at once. */
  inHand: boolean
  /** How far the saga comes before anything goes wrong. */
  reach: 'begun' | 'waiting' | 'decided'
  actions: Action[]
  /** Which command is refused; `changed`: the pivot, once, because something else was approved. */
  refuse: 'a' | 'q' | 'p' | 'changed' | null
  verdict: 'APPROVED' | 'REJECTED' | 'EXPIRED'
}

export type World = {
  readonly stores: readonly [Store, Store]
  /** A connection of the database's owner of rows, for what only time or a look from outside does. */
  readonly outside: pg.Pool
  readonly leaseMs: number
  /** Bugs: what the services forget, and which rules the engine gets wrong. */
  readonly forgets?: 'keys' | 'tombstones'
  readonly rules?: NonNullable<CoordinatorOptions['rules']>
  readonly wrap?: (move: Store['move'], between: () => Promise<void>) => Store['move']
}

class Crash extends Error {}

const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'fault-model' }
const log = createLog({ service: 'fault-model', level: 'silent' })

/** Plays a schedule on a new saga, then lets everything heal, and says what should not have happened. */
export async function play(world: World, schedule: Schedule): Promise<string[]> {
  const wrong: string[] = []
  const tenantId = randomUUID()
  const [first] = world.stores
  const start = { id: randomUUID() }
  const from = { tenantId, causedBy: cause, traceparent: null }
  const instance = unborn(probe, start, from)
  const firstMove = begin(probe, instance)
  const about = { definition: probe.name, version: probe.version, start, deadlineDays: 30, correlation: start.id }
  const begun = await first.begin(
    { ...from, ...about, eventId: randomUUID(), first: firstMove },
    { inHand: schedule.inHand },
  )
  if (!begun || begun === 'inactive') throw new Error('the saga did not begin')
  const { id: sagaId, fence } = begun
  // The worker that has begun it in hand drives it when it comes to run, be it too late.
  let newborn = fence === null ? null : born(instance, firstMove, { id: sagaId, fence })

  const services = createServices(schedule, world.forgets, wrong)
  const late: (() => Promise<unknown>)[] = []
  const changes = schedule.refuse === 'changed' || schedule.actions.some((action) => action.do === 'change')
  const watch = watcher(world.outside, sagaId, wrong, changes)
  const eventIds = new Map<string, string>()

  const act = {
    run: (worker: 0 | 1, plan: { crashAt: number; network: Network[]; commits?: Commit[]; pause?: Pause }) => {
      const taken = worker === 0 ? newborn : null
      newborn = taken ? null : newborn
      return runWorker(world, taken ?? sagaId, worker, { ...plan, services, late, wrong })
    },
    time: () => passTime(world, sagaId),
    cancel: () => world.outside.query(cancel, [tenantId, sagaId]).then(() => first.admit()),
    deadline: () => world.outside.query(deadline, [sagaId]),
    arrive: async () => void (await late.shift()?.()),
    async change() {
      const about = { tenantId, definition: probe.name, version: probe.version, correlation: start.id }
      await first.change({ ...about, eventId: randomUUID(), payload: { contentHash: 'another' }, sentBy: cause })
    },
    async decide() {
      const requestId = services.requestId()
      if (!requestId) return
      const eventId = eventIds.get(requestId) ?? randomUUID()
      eventIds.set(requestId, eventId)
      const subject = { policy, subjectType: 'Probe', subjectId: start.id }
      const payload = { ...subject, requestId, verdict: schedule.verdict, attestation: 'signed' }
      await first.decide({ tenantId, eventId, topic: topicOf(subject), payload, sentBy: cause })
    },
  }

  if (schedule.reach !== 'begun') await act.run(0, { crashAt: 0, network: [] })
  if (schedule.reach === 'decided') await act.decide()
  for (const action of schedule.actions) {
    await perform(action, act)
    await watch()
  }
  for (let round = 0; round < 40 && !(await watch()); round++) {
    await act.time()
    await act.run(round % 2 === 0 ? 0 : 1, { crashAt: 0, network: [] })
    await act.decide()
  }
  while (late.length > 0) await act.arrive()
  const ended = await watch()
  const { rows: locks } = await world.outside.query('select 1 from saga.semantic_lock where tenant_id = $1', [tenantId])
  if (locks.length > 0) wrong.push('the lock was never given back')
  if (!ended) wrong.push('the saga is lost: it never ends')
  else wrong.push(...services.audit(ended))
  return wrong
}

type Act = {
  run(worker: 0 | 1, plan: { crashAt: number; network: Network[]; commits?: Commit[]; pause?: Pause }): Promise<void>
} & Record<'time' | 'cancel' | 'decide' | 'deadline' | 'arrive' | 'change', () => Promise<unknown>>

async function perform(action: Action, act: Act): Promise<unknown> {
  switch (action.do) {
    case 'run':
      return act.run(action.worker, action)
    case 'both':
      return Promise.all([act.run(0, action), act.run(1, { crashAt: 0, network: [] })])
    case 'pause': {
      // The worker sleeps beyond its lease; the other one takes over; then it wakes up and goes on.
      const pause = createPause(action.at)
      const asleep = act.run(action.worker, { crashAt: 0, network: action.network, pause })
      await Promise.race([pause.reached, asleep])
      await act.time()
      await act.run(action.worker === 0 ? 1 : 0, { crashAt: action.crashAt, network: [] })
      pause.end()
      return asleep
    }
    default:
      return act[action.do]()
  }
}

type Pause = { at: number; reached: Promise<void>; over: Promise<void>; reach(): void; end(): void }

function createPause(at: number): Pause {
  const reached = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  return { at, reached: reached.promise, over: over.promise, reach: reached.resolve, end: over.resolve }
}

type Run = {
  crashAt: number
  network: Network[]
  commits?: Commit[]
  pause?: Pause
  services: Services
  late: (() => Promise<unknown>)[]
  wrong: string[]
}

/** One worker takes the saga as far as it goes; at the nth boundary it dies or sleeps. */
async function runWorker(world: World, taken: string | Instance, worker: 0 | 1, run: Run): Promise<void> {
  const sagaId = typeof taken === 'string' ? taken : taken.id
  const store = world.stores[worker]
  const network = [...run.network]
  const commits = [...(run.commits ?? [])]
  let boundaries = 0
  const at = async (_: Boundary | 'within commit') => {
    boundaries++
    if (boundaries === run.crashAt) throw new Crash()
    if (boundaries !== run.pause?.at) return
    run.pause.reach()
    await run.pause.over
  }
  const send: Send = async (envelope) => run.services.send(envelope, network.shift() ?? 'ok', run.late)
  const moveByHolder: Store['move'] = async (from, move, attempt) => {
    const { rows } = await world.outside.query('select fence::text from saga.instance where id = $1', [sagaId])
    const moved = await store.move(from, move, attempt)
    if (moved && rows[0].fence !== from.fence) run.wrong.push('a worker moved a saga that was in other hands')
    return moved
  }
  const commit: Store['move'] = async (from, move, attempt) => {
    const how = commits.shift() ?? 'ok'
    if (how === 'late') run.late.push(() => moveByHolder(from, move, attempt))
    else if (how === 'ok') return moveByHolder(from, move, attempt)
    else await moveByHolder(from, move, attempt)
    throw fault('DATABASE_UNAVAILABLE', 'no answer')
  }
  const coordinator = createCoordinator({
    store: { ...store, move: world.wrap?.(commit, () => at('within commit')) ?? commit },
    ...{ send, log, at, random: () => 0, find: () => probe, dispatch: async () => {} },
    renewMs: 60_000,
    retry: { firstMs: 1, mostMs: 1, attempts: 1_000 },
    ...(world.rules && { rules: world.rules }),
  })
  const driven = typeof taken === 'string' ? coordinator.run(taken) : coordinator.drive(taken)
  await driven.catch((error: unknown) => {
    if (!(error instanceof Crash) && (error as { code?: string }).code !== 'DATABASE_UNAVAILABLE') throw error
  })
  await coordinator.stop()
}

const cancel = `insert into saga.signal (tenant_id, saga_id, kind, note, sent_by) values ($1, $2, 'CANCEL', 'test', '{}')`

const deadline = `update saga.instance set deadline_at = now(), next_run_at = now() where id = $1 and next_run_at is not null`

/** One lease goes by. What a worker's own clock would have written stays as far away as it was. */
async function passTime({ outside, leaseMs }: World, sagaId: string): Promise<void> {
  await outside.query(
    `update saga.instance
     set lease_until = lease_until - $2::float8 * interval '1 ms', next_run_at = least(next_run_at, now())
     where id = $1 and next_run_at is not null and (lease_until is not null or state <> 'WAITING')`,
    [sagaId, leaseMs + 1],
  )
}

/** Looks at the saga's row: it may only ever go on, unless it asks anew. Gives its state once it has ended. */
function watcher(outside: pg.Pool, sagaId: string, wrong: string[], mayTurnBack: boolean) {
  type Row = { state: string; back: boolean; cursor: number; pivot: boolean; ended: boolean; step: boolean }
  let before: Row | undefined
  return async (): Promise<string | null> => {
    const { rows } = await outside.query<Row>(
      `select i.state, i.direction = 'BACKWARD' as back, i.cursor, i.pivot_passed as pivot, i.finished_at is not null as ended,
         i.finished_at is not null or exists (select from saga.step s where s.saga_id = i.id and s.seq = i.cursor
           and s.direction = i.direction) as step
       from saga.instance i where id = $1`,
      [sagaId],
    )
    const now = rows[0]
    if (!now) throw new Error('the saga is gone')
    if (before?.ended && !now.ended) wrong.push('a saga that had ended goes on')
    if (before?.pivot && !now.pivot) wrong.push('a pivot that was passed is ahead again')
    if (before?.back && !now.back && !mayTurnBack) wrong.push('a saga that was rolling back goes forward')
    const comparable = before?.back === now.back && !mayTurnBack
    if (before && comparable && (now.back ? now.cursor > before.cursor : now.cursor < before.cursor))
      wrong.push('a saga stands where it stood before')
    if (!now.step) wrong.push('nothing says what is under way')
    before = now
    return now.ended ? now.state : null
  }
}

/** What stands of all that was done, and whether it was undone in another order than the reverse. */
function outcomeOf(effects: readonly string[]) {
  const standing: string[] = []
  let wrongOrder = false
  for (const name of effects) {
    const undone = name.startsWith('undo-') ? standing.lastIndexOf(name.slice('undo-'.length)) : -1
    if (undone < 0 && !name.startsWith('undo-')) standing.push(name)
    // A request that people refused was not withdrawn and may stand.
    if (undone >= 0 && standing.splice(undone).some((later, nth) => nth > 0 && later !== 'q')) wrongOrder = true
  }
  return { standing, wrongOrder }
}

/** One that comes late finds a request that is decided or withdrawn, and leaves it alone. */
const isFollowUp = (name: string) => name === 'followUpRequest'

type Services = ReturnType<typeof createServices>

/** The services behind the commands: they do what they are told once for each key, and leave tombstones. */
function createServices(schedule: Schedule, forgets: World['forgets'], wrong: string[]) {
  const answers = new Map<string, { said: string; outcome: Outcome }>()
  const allEffects: string[] = []
  let requests = 0
  const refused = { kind: 'refused', code: 'NO', message: 'no' } as const

  function decide({ command, forwardKey, idempotencyKey }: Envelope): Outcome {
    const { mutation } = command
    if (mutation === schedule.refuse) return refused
    const first = idempotencyKey.endsWith(':0')
    if (mutation === 'p' && first && schedule.refuse === 'changed') return { ...refused, code: 'CHANGED' }
    if (forwardKey && !answers.has(forwardKey) && forgets !== 'tombstones')
      answers.set(forwardKey, { said: '', outcome: refused })
    allEffects.push(mutation)
    return { kind: 'done', answer: mutation === 'q' ? { requestId: `r${++requests}`, followUpAt: longAgo } : {} }
  }

  function receive(envelope: Envelope): Outcome {
    const { idempotencyKey: key, command } = envelope
    const said = JSON.stringify([command, envelope.forwardKey])
    const known = answers.get(key)
    if (known && known.said !== '' && known.said !== said) wrong.push(`another command under the key ${key}`)
    if (known && forgets !== 'keys') return known.outcome
    const outcome = decide(envelope)
    answers.set(key, { said, outcome })
    return outcome
  }

  return {
    requestId: () => (requests > 0 ? `r${requests}` : undefined),
    async send(envelope: Envelope, network: Network, late: (() => Promise<unknown>)[]): Promise<Outcome> {
      const inDoubt = { kind: 'inDoubt', code: 'TIMEOUT', message: 'no answer' } as const
      const call = async (): Promise<Outcome> => {
        if (network === 'late' || network === 'twice') late.push(async () => receive(envelope))
        if (network === 'late' || network === 'never') return inDoubt
        const outcome = receive(envelope)
        return network === 'lost' ? inDoubt : outcome
      }
      if (!envelope.command.outside) return call()
      // The question what became of it gets lost as well.
      const known = forgets === 'keys' ? undefined : answers.get(envelope.idempotencyKey)
      const status = async () => (network === 'never' || network === 'lost' ? inDoubt : (known?.outcome ?? null))
      return settled(envelope, { status, call })
    },
    /** What is wrong with the effects of a saga that has ended in this state. */
    audit(state: string): string[] {
      const [followUps, effects] = [allEffects.filter(isFollowUp), allEffects.filter((name) => !isFollowUp(name))]
      const found: string[] = []
      if (followUps.length > requests) found.push('a follow-up was done twice')
      const { standing, wrongOrder } = outcomeOf(effects)
      if (wrongOrder) found.push(`undone in the wrong order: ${effects.join(' ')}`)
      const twice = standing.length > new Set(standing).size || effects.filter((name) => name === 'z').length > 1
      if (twice) found.push(`something was done twice: ${effects.join(' ')}`)
      if (state === 'COMPLETED') {
        if (standing.join(' ') !== 'a q p r') found.push(`completed, but done were ${effects.join(' ')}`)
        return found
      }
      if (effects.includes('p')) found.push('rolled back, but the pivot was done')
      const refusedByPeople = schedule.verdict !== 'APPROVED'
      for (const name of standing)
        if (name !== 'z' && !(name === 'q' && refusedByPeople)) found.push(`${name} was done and is not undone`)
      if (effects.at(-1) !== 'z') found.push('rolled back without its last command')
      return found
    },
  }
}
