import { asFault, createPool, type PoolOptions } from '@steinmetz/kernel/database'
import { bug } from '@steinmetz/kernel/errors'
import type { Cause, Message } from '@steinmetz/kernel/outbox'
import type pg from 'pg'
import { coalesce } from './coalesce.ts'
import { type Instance, keyOf, type Signal, type SignalKind } from './instance.ts'
import type { Lock } from './lock.ts'
import type { Move, Moved, Trouble } from './move.ts'
import { statements as engineStatements } from './statements.ts'

/** How one sending of a command went. */
export type Attempt = {
  readonly outcome: 'DONE' | 'REFUSED' | 'IN_DOUBT' | 'HALTED'
  readonly round: number
  readonly tookMs: number
  readonly error: Trouble | null
}

/** A saga as it begins, before it has an id. */
export type Beginning = Pick<Instance, 'tenantId' | 'definition' | 'version' | 'start' | 'causedBy' | 'traceparent'> & {
  readonly eventId: string
  readonly correlation: string
  readonly deadlineDays: number
  readonly first: Move
}

/** A saga that has begun. Without a fence it is in nobody's hands, and waits to be claimed. */
export type Begun = { readonly id: string; readonly fence: string | null }

export type Decided = {
  readonly tenantId: string
  readonly eventId: string
  readonly topic: string
  readonly payload: object
  readonly sentBy: Cause
}

/** A change of what a saga is about, as it is told of it. */
export type Change = Omit<Decided, 'topic'> &
  Pick<Instance, 'definition' | 'version'> & { readonly correlation: string }

/** Where the sagas stand: every promise of the engine rests on what this writes in one go. */
export type Store = {
  /**
   * Null when the event began nothing; `inactive` when its version starts no more. The worker may have it in hand at
   * once, where the tenant's hands are not full.
   */
  begin(beginning: Beginning, how?: { inHand: boolean }): Promise<Begun | null | 'inactive'>
  /** Takes a saga in hand. Null when it is not due, in other hands, or of a version unknown here. */
  claim(sagaId: string): Promise<Instance | null>
  /** Commits a move with the attempt that led to it. Null when the saga is in other hands or has moved on. */
  move(from: Instance, move: Move, attempt: Attempt | null): Promise<Moved | null>
  signals(sagaId: string): Promise<readonly Signal[]>
  /** Takes a lock for a saga; says whether it has it now, or had it before. */
  lock(saga: Pick<Instance, 'id' | 'fence'>, lock: Lock): Promise<boolean>
  /** Keeps sagas in hand whose commands are under way. */
  renew(held: readonly Pick<Instance, 'id' | 'fence'>[]): Promise<void>
  /**
   * Ids of sagas that are due, and in nobody's hands and no queue. Each is given once, then not for 5 s; none of a
   * tenant that has as many in hand as it may.
   */
  due(limit: number): Promise<readonly string[]>
  /** Of one tenant, what has been due for longest: two ids at most. One may be taken by another meanwhile. */
  dueOf(tenantId: string): Promise<readonly string[]>
  /** Takes up new orders; gives the ids of the sagas they wake. */
  admit(): Promise<readonly string[]>
  /** Wakes sagas that wait for a lock which they could have. */
  wake(): Promise<void>
  /** Tells the sagas that wait for a decision; gives their ids. */
  decide(decided: Decided): Promise<readonly string[]>
  /** Tells a saga that what it is about was changed; gives its id. */
  change(change: Change): Promise<readonly string[]>
  /** Whether an earlier event of the aggregate could not be digested and waits: it may have been settled since. */
  blocked(aggregate: Pick<Message, 'tenantId' | 'aggregateId'>): Promise<boolean>
  /** Puts an event aside that could not be digested. */
  bury(message: Message, why: Trouble): Promise<void>
  /** Puts an event aside behind those of its aggregate that wait; gives false when none waits any more. */
  buryBehind(message: Message, why: Trouble): Promise<boolean>
  /** Orders about events that were put aside, each given to one worker. */
  letterOrders(): Promise<readonly LetterOrder[]>
  letters(aggregate: Pick<Message, 'tenantId' | 'aggregateId'>): Promise<readonly Letter[]>
  /** Gives false when it was settled before. */
  settleLetter(id: string, outcome: string): Promise<boolean>
  consumeOrder(id: string, outcome: string): Promise<void>
  /** How many sagas of each definition wait for a worker, counted up to `most` in all. */
  backlog(most: number): Promise<ReadonlyMap<string, number>>
  /**
   * Tells the domains which sagas ended so many days ago, and forgets the events digested before; gives how many of
   * both, at most `most` of each. `now` is the database's time unless a test says otherwise.
   */
  release(keptDays: number, most: number, now?: Date): Promise<number>
  publish(definition: Published): Promise<void>
  /** Carries out what two people have decided of a definition; says what came of each. */
  carryOut(): Promise<readonly CarriedOut[]>
  /** The version that new sagas of each name start on. */
  active(): Promise<ReadonlyMap<string, number>>
  /** The database's time, in ms since 1970: the one time that all workers share. */
  time(): Promise<number>
  check(): Promise<void>
  close(): Promise<void>
}

export type LetterOrder = {
  readonly id: string
  readonly kind: SignalKind
  readonly letterId: string
  readonly tenantId: string
  readonly aggregateId: string
  /** What came of the event already; null while it waits. */
  readonly settled: string | null
  /** It was begun before, and broken off. */
  readonly again: boolean
}

export type Letter = { readonly id: string; readonly message: Message }

/** A release of a definition that was carried out, or refused as things stood then. */
export type CarriedOut = {
  readonly definition: string
  readonly version: number
  readonly kind: 'ACTIVATE' | 'RETIRE'
  readonly outcome: string
}

export type Published = {
  readonly name: string
  readonly version: number
  readonly owner: string
  readonly subject: string | null
  readonly hash: Buffer
  readonly shape: object
}

export type StoreOptions = Pick<PoolOptions, 'connectionString' | 'max'> & {
  /** This worker's name, as it stands in the timeline. */
  readonly worker: string
  /** How long a saga stays in hand without a renewal: so long it lies still when the worker dies. */
  readonly leaseMs: number
  /** The definitions this worker can run, as `name@version`. */
  readonly knows: readonly string[]
  /** How many sagas of one tenant may be in hand at once, in all workers. Default: any number. */
  readonly tenantAtMost?: number
  /** For tests that show what a statement is good for by breaking it. */
  readonly statements?: Readonly<Record<keyof typeof engineStatements, string>>
}

/**
 * Every statement finds its few rows by a key. The planner, left alone, believes that a JSON array has a hundred
 * elements and a new table has none: it would read whole tables, and keep to that plan while they grow.
 */
export const byKeyAlone = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
}

export function openStore(options: StoreOptions): Store {
  const { worker, leaseMs, knows, tenantAtMost = 1_000_000, statements = engineStatements, ...pool } = options
  const { query, check, close } = openConnections(pool, statements)

  const claim = coalesce<string, Instance>(
    async (ids) => {
      const { rows } = await query<Instance>('claim', [ids, worker, leaseMs, knows, tenantAtMost])
      return new Map(rows.map((row) => [row.id, row]))
    },
    (id) => id,
  )

  const move = coalesce<MoveRow, Moved>(
    (moves) => committed(query, moves),
    ({ sagaId }) => sagaId,
  )

  const ids = async (name: 'due' | 'dueOf' | 'admit' | 'decide' | 'change', values: readonly unknown[]) =>
    (await query<{ id: string }>(name, values)).rows.map(({ id }) => id)

  return {
    async begin({ eventId, first, ...given }, { inHand } = { inHand: false }) {
      const { state, cursor, awaits, starts, run } = first
      const runTime = run.at === 'time' ? run.time : null
      const instance = JSON.stringify({ ...given, state, cursor, awaits, starts, runTime })
      const taker = inHand && run.at === 'now' ? worker : null
      const values = [eventId, instance, taker, leaseMs, tenantAtMost]
      const { rows } = await query<{ active: boolean; id: string | null; fence: string | null }>('begin', values)
      const [{ active, id, fence } = { active: false, id: null, fence: null }] = rows
      if (!active) return 'inactive'
      return id === null ? null : { id, fence }
    },
    claim,
    move: (from, next, attempt) => move(asRow(from, next, attempt, { worker, leaseMs })),
    async signals(sagaId) {
      const { rows } = await query<{ signals: Signal[] }>('signals', [sagaId])
      return rows[0]?.signals ?? []
    },
    async lock({ id, fence }, { resource, commutesAs }) {
      const { rows } = await query<{ has: boolean }>('lock', [id, fence, resource, commutesAs ?? null])
      return rows[0]?.has === true
    },
    async renew(held) {
      await query('renew', [held.map(({ id }) => id), held.map(({ fence }) => fence), leaseMs])
    },
    due: (limit) => ids('due', [limit, tenantAtMost]),
    dueOf: (tenantId) => ids('dueOf', [tenantId]),
    admit: () => ids('admit', []),
    wake: async () => void (await query('wake', [])),
    decide: ({ tenantId, eventId, topic, payload, sentBy }) =>
      ids('decide', [tenantId, eventId, topic, payload, sentBy]),
    change: ({ tenantId, eventId, definition, version, correlation, payload, sentBy }) =>
      ids('change', [tenantId, eventId, definition, version, correlation, payload, sentBy]),
    async blocked({ tenantId, aggregateId }) {
      const { rows } = await query<{ blocked: boolean }>('blocked', [tenantId, aggregateId])
      return rows[0]?.blocked === true
    },
    bury: async (letter, why) => void (await query('bury', asLetter(letter, why))),
    buryBehind: async (letter, why) => (await query('buryBehind', asLetter(letter, why))).rows.length > 0,
    letterOrders: async () => (await query<LetterOrder>('letterOrders', [])).rows,
    letters: async ({ tenantId, aggregateId }) => (await query<Letter>('letters', [tenantId, aggregateId])).rows,
    settleLetter: async (id, outcome) => (await query('settleLetter', [id, outcome])).rowCount === 1,
    consumeOrder: async (id, outcome) => void (await query('consumeOrder', [id, outcome])),
    async backlog(most) {
      const { rows } = await query<{ definition: string; due: number }>('backlog', [most])
      return new Map(rows.map(({ definition, due }) => [definition, due]))
    },
    release: (keptDays, most, now) => released(query, [keptDays, most, now ?? null]),
    async publish({ name, version, owner, subject, hash, shape }) {
      const { rows } = await query<{ hash: Buffer }>('publish', [name, version, owner, subject, hash, shape])
      if (!rows[0]?.hash.equals(hash))
        throw bug('DEFINITION_CHANGED', `${name} ${version} is published: give what changed a new version`)
    },
    carryOut: async () => (await query<CarriedOut>('carryOut', [knows])).rows,
    async active() {
      const { rows } = await query<{ name: string; version: number }>('active', [])
      return new Map(rows.map(({ name, version }) => [name, version]))
    },
    async time() {
      const { rows } = await query<{ now: number }>('time', [])
      return rows[0]?.now ?? 0
    },
    check,
    close,
  }
}

/** Two pools: one whose commits are on the disk when they are answered, and one for what may be forgotten. */
function openConnections(
  pool: Pick<PoolOptions, 'connectionString' | 'max'>,
  statements: Readonly<Record<keyof typeof engineStatements, string>>,
) {
  const connections = createPool({ ...pool, settings: byKeyAlone })
  // What a crash of the server may take back: who has a saga in hand, and which are believed to be in the queue.
  const forgetful = createPool({ ...pool, max: 2, settings: { ...byKeyAlone, synchronous_commit: 'off' } })
  const forgettable = new Set<keyof typeof engineStatements>(['claim', 'renew', 'due', 'dueOf'])
  return {
    query: <Row extends pg.QueryResultRow>(name: keyof typeof engineStatements, values: readonly unknown[]) => {
      const asked = { name: `saga.${name}`, text: statements[name], values: [...values] }
      return (forgettable.has(name) ? forgetful : connections).query<Row>(asked).catch(asFault)
    },
    check: async () => void (await connections.query('select 1').catch(asFault)),
    close: async () => void (await Promise.all([connections.end(), forgetful.end()])),
  }
}

type Query = ReturnType<typeof openConnections>['query']

/** Commits moves by the statement that does what they need and no more. */
async function committed(query: Query, moves: readonly MoveRow[]): Promise<ReadonlyMap<string, Moved>> {
  const commit = async (name: (typeof kinds)[number], some: readonly MoveRow[]) =>
    (await query<Moved & { id: string }>(name, [JSON.stringify(some)])).rows.map((row) => [row.id, row] as const)
  const name = kinds.find((one) => moves.some(({ kind }) => kind === one)) ?? 'advance'
  const moved = new Map(await commit(name, moves))
  // In other hands, or committed before: `advance` cannot tell which, nor can what has waited for that very commit and
  // read the rest as it stood when it began. Another statement can.
  const untold = moves.filter(({ sagaId }) => !moved.has(sagaId))
  return untold.length === 0
    ? moved
    : new Map([...moved, ...(await commit(name === 'advance' ? 'move' : name, untold))])
}

function asLetter(letter: Message, { code, message }: Trouble): readonly unknown[] {
  const { tenantId, id, type, aggregateId, traceparent } = letter
  return [tenantId, id, type, aggregateId, code, message, letter, traceparent]
}

async function released(query: Query, values: readonly unknown[]): Promise<number> {
  const counts = [await query('release', values), await query('forget', values)]
  return counts.reduce((sum, { rowCount }) => sum + (rowCount ?? 0), 0)
}

/** The statements that commit moves, the one that can do most first. */
const kinds = ['moveGivingBack', 'move', 'advance'] as const
type MoveRow = ReturnType<typeof asRow>

/** The least that a move needs to be committed. */
function kindOf(from: Instance, { state, consumes, trouble }: Move): (typeof kinds)[number] {
  const goesOn = state === 'RUNNING' || state === 'WAITING'
  if (!goesOn && from.steps.some(({ kind }) => kind === 'lock')) return 'moveGivingBack'
  return consumes.length > 0 || trouble || from.state === 'STUCK' ? 'move' : 'advance'
}

/** A move as the statement takes it: where the saga must still stand, and all that changes. */
function asRow(from: Instance, move: Move, attempt: Attempt | null, by: { worker: string; leaseMs: number }) {
  const { run, trouble, ...change } = move
  const told = new Set(from.signals.filter(({ kind }) => kind === 'DECISION' || kind === 'CHANGED').map(({ id }) => id))
  const decisions = move.consumes.filter(({ id }) => told.has(id)).length
  return {
    ...change,
    ...by,
    sagaId: from.id,
    kind: kindOf(from, move),
    fence: from.fence,
    moves: from.moves,
    fromDirection: from.direction,
    fromCursor: from.cursor,
    attempt,
    decisions,
    orders: move.consumes.length - decisions,
    runAt: run.at,
    afterMs: run.at === 'after' ? run.ms : 0,
    runTime: run.at === 'time' ? run.time : null,
    trouble: trouble && { ...trouble, ...whereabouts(from, move) },
  }
}

/** By what a dead letter about a step is found again. */
function whereabouts(from: Instance, { cursor, direction }: Move) {
  const step = from.steps.find((row) => row.seq === cursor && row.direction === direction)
  const reference = step ? keyOf(from.id, step) : `${from.id}:${direction.toLowerCase()}:${cursor}`
  return {
    reference,
    type: step ? `${step.command.subgraph}.${step.command.mutation}` : 'none',
    attempts: (step?.attempts ?? 0) + 1,
  }
}
