import { bug, Fault, fault } from '@steinmetz/kernel/errors'
import type { Message } from '@steinmetz/kernel/outbox'
import type { Log } from '@steinmetz/kernel/telemetry'
import { decision, topicOf } from './approval.ts'
import type { Catalog } from './catalog.ts'
import { type Instance, unborn } from './instance.ts'
import { born } from './move.ts'
import type { Changed, Saga } from './saga.ts'
import type { LetterOrder, Store } from './store.ts'
import { begin } from './transition.ts'

export type IntakeOptions = {
  readonly store: Pick<
    Store,
    'begin' | 'decide' | 'change' | 'active' | 'carryOut' | 'backlog' | 'blocked' | 'bury' | 'buryBehind'
  > &
    Letters
  readonly catalog: Catalog
  /** The type of the event that tells an approval's decision. */
  readonly decided: string
  readonly dispatch: (sagaId: string, delayMs: number) => Promise<void>
  /** Whether this worker can drive one more saga at once, and has it do so. */
  readonly hands: { free(): boolean; drive(instance: Instance): void }
  readonly log: Log
  /** So many sagas of one definition may be due and wait for a worker; then no more begin. */
  readonly backlogAtMost?: number
}

type Letters = Pick<Store, 'letterOrders' | 'letters' | 'settleLetter' | 'consumeOrder'>

export type Intake = {
  /** The event types it wants. */
  readonly types: readonly string[]
  /** Digests one event, however often it comes. A Fault is thrown: the event must come again. */
  handle(message: Message): Promise<void>
  /** Does what operators ordered, and reads anew on which version each saga begins and how much work there is. */
  refresh(): Promise<void>
}

/** Where events become sagas, and decisions find the sagas that wait for them. */
export function createIntake(options: IntakeOptions): Intake {
  const { store, catalog, decided, dispatch, hands, log, backlogAtMost = 10_000 } = options
  let active: ReadonlyMap<string, number> = new Map()
  let backlog: ReadonlyMap<string, number> = new Map()

  async function refresh(): Promise<void> {
    active = await store.active()
  }

  /** The version that begins now. A worker that does not know it leaves the event to one that does. */
  async function versionOf(name: string, versions: readonly Saga[]): Promise<Saga> {
    if (!active.has(name)) await refresh()
    const version = active.get(name)
    const saga = versions.find((one) => one.version === version)
    if (!saga)
      throw fault('DEFINITION_UNKNOWN', `${name} begins on version ${version}, which this worker does not know`)
    return saga
  }

  async function beginSaga(name: string, versions: readonly Saga[], message: Message, again = false): Promise<void> {
    // The event stays where it is until there is room: the bus holds it, and all that come behind it.
    if ((backlog.get(name) ?? 0) >= backlogAtMost)
      throw fault('BACKLOG_FULL', `${backlogAtMost} sagas of ${name} wait for a worker: no more begin for now`)
    const saga = await versionOf(name, versions)
    const start = saga.startOn.parse(message.payload)
    const { tenantId, causedBy, traceparent, id: eventId } = message
    const instance = unborn(saga, start, { tenantId, causedBy, traceparent })
    const first = begin(saga, instance)
    if (first.trouble) throw bug(first.trouble.code, first.trouble.message)
    const correlation = saga.correlateBy(start as never)
    const begun = await store.begin(
      { ...beginning(instance, saga), eventId, correlation, first },
      { inHand: hands.free() },
    )
    if (begun === 'inactive') {
      if (again) throw fault('DEFINITION_UNKNOWN', `${name} has no active version`)
      await refresh()
      return beginSaga(name, versions, message, true)
    }
    if (begun === null) return
    const { id: sagaId, fence } = begun
    log.info({ sagaId, definition: name, version: saga.version, correlation }, 'a saga has begun')
    if (fence === null) await dispatch(sagaId, 0)
    else hands.drive(born(instance, first, { id: sagaId, fence }))
  }

  async function tell({ id: eventId, tenantId, payload, causedBy }: Message): Promise<void> {
    const told = { tenantId, eventId, topic: topicOf(decision.parse(payload)), payload, sentBy: causedBy }
    for (const sagaId of await store.decide(told)) await dispatch(sagaId, 0)
  }

  async function tellChange({ name: definition, version }: Saga, changed: Changed, message: Message): Promise<void> {
    const { id: eventId, tenantId, payload, causedBy: sentBy } = message
    const { correlation, contentHash } = changed.read(payload)
    const told = { tenantId, eventId, definition, version, correlation, payload: { contentHash }, sentBy }
    for (const sagaId of await store.change(told)) await dispatch(sagaId, 0)
  }

  async function digest(message: Message): Promise<void> {
    if (message.type === decided) await tell(message)
    for (const [saga, changed] of catalog.changedBy(message.type)) await tellChange(saga, changed, message)
    for (const [name, versions] of catalog.startedBy(message.type)) await beginSaga(name, versions, message)
  }

  return {
    types: [...new Set([...catalog.types, decided])],
    async refresh() {
      for (const done of await store.carryOut()) log.info(done, 'what two people have decided of a definition is done')
      await refresh()
      backlog = await store.backlog(backlogAtMost)
      for (const order of await store.letterOrders()) await carryOut({ store, digest, log }, order)
    },
    async handle(message) {
      const { tenantId, aggregateId } = message
      // What comes behind an event that could not be digested waits with it: order is kept for each aggregate.
      if ((await store.blocked({ tenantId, aggregateId })) && (await store.buryBehind(message, behind))) return
      try {
        await digest(message)
      } catch (error) {
        if (error instanceof Fault) throw error
        const code = codeOf(error)
        log.error(
          { err: error, alert: 'event-undigested', eventId: message.id, type: message.type },
          'an event was put aside',
        )
        await store.bury(message, { code, message: `${message.type} could not be digested` })
      }
    },
  }
}

const behind = { code: 'BEHIND_DEAD_LETTER', message: 'an earlier event of the same aggregate waits' } as const

type Redrive = { store: Letters; digest: (message: Message) => Promise<void>; log: Log }

/**
 * Carries out an operator's order about an event that was put aside: SKIP settles it, REDRIVE digests it
 * again. Then those behind it have their turn, in their order, until one cannot be digested.
 */
async function carryOut({ store, digest, log }: Redrive, order: LetterOrder): Promise<void> {
  const wanted = order.kind === 'SKIP' ? 'SKIPPED' : 'REDRIVEN'
  // Orders are taken many at a time, and one before may have had this letter digested with its own.
  const late = order.settled ?? (order.kind === 'SKIP' && !(await store.settleLetter(order.letterId, wanted)))
  // What was broken off has settled it itself, and not come to those behind it.
  const brokenOff = order.again && order.settled === wanted
  if (late && !brokenOff) return store.consumeOrder(order.id, 'TOO_LATE')
  // Those that come meanwhile wait with the others, and are read behind them.
  for (let letters = await store.letters(order); letters.length > 0; letters = await store.letters(order))
    for (const { id, message } of letters) {
      try {
        await digest(message)
      } catch (error) {
        if (error instanceof Fault) throw error
        log.error({ err: error, eventId: message.id, type: message.type }, 'an event still cannot be digested')
        return store.consumeOrder(order.id, order.kind === 'SKIP' ? 'SKIPPED' : 'STILL_UNDIGESTED')
      }
      await store.settleLetter(id, 'REDRIVEN')
    }
  await store.consumeOrder(order.id, wanted)
}

function beginning({ tenantId, definition, version, start, causedBy, traceparent }: Instance, { deadlineDays }: Saga) {
  return { tenantId, definition, version, start, causedBy, traceparent, deadlineDays }
}

function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return typeof code === 'string' ? code : String(name)
}
