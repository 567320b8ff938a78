import { Fault } from '@steinmetz/kernel/errors'
import type { Log } from '@steinmetz/kernel/telemetry'
import { parseTraceparent, withContext } from '@steinmetz/kernel/telemetry'
import { patientRetry, type Retry } from './backoff.ts'
import type { Outcome, Send } from './command.ts'
import { createHands } from './hands.ts'
import { type Instance, keyOf, ROLLED_BACK, type StepRow, stepAt } from './instance.ts'
import type { Lock } from './lock.ts'
import { applied, type Move, type Moved, stay } from './move.ts'
import type { Saga } from './saga.ts'
import { plan } from './signal.ts'
import type { Attempt, Store } from './store.ts'
import { onLock, onOutcome } from './transition.ts'

/** The places where a worker may die. Between any two of them nothing is known that is not written. */
export type Boundary =
  | 'before claim'
  | 'after claim'
  | 'after STARTED'
  | 'after send'
  | 'before commit'
  | 'after commit'

export type CoordinatorOptions = {
  readonly store: Pick<Store, 'claim' | 'move' | 'signals' | 'renew' | 'lock' | 'dueOf'>
  readonly send: Send
  /** The definition an instance began with. */
  readonly find: (name: string, version: number) => Saga | undefined
  /** Asks for a saga to be looked at after a pause. When it is lost, the reconciler finds the saga. */
  readonly dispatch: (sagaId: string, delayMs: number) => Promise<void>
  /** How many sagas of one tenant may be in hand at once. Behind a full hand the next is looked for. */
  readonly tenantAtMost?: number
  readonly log: Log
  readonly random: () => number
  readonly retry?: Retry
  /** What follows from what: `plan` and `onOutcome`, unless a test shows what goes wrong otherwise. */
  readonly rules?: { readonly plan: typeof plan; readonly onOutcome: typeof onOutcome }
  /** How often leases are renewed: a good deal more often than they end. */
  readonly renewMs: number
  /** Told at every boundary; a test ends the worker there. */
  readonly at?: (boundary: Boundary, sagaId: string) => void | Promise<void>
}

export type Coordinator = {
  /** Takes a saga as far as it goes now. Does nothing when it is not due or in other hands. */
  run(sagaId: string): Promise<void>
  /** As above, with a saga that the worker has in hand already. */
  drive(instance: Instance): Promise<void>
  /** Lets steps under way be answered and committed, then gives every saga back. */
  stop(): Promise<void>
}

/** How often a commit is tried whose answer was lost. Its guard makes a repetition harmless. */
const commitAttempts = 3

/**
 * Drives sagas: claim, do, commit. The claim raises the fence; what is sent was written as STARTED before;
 * the answer and the next STARTED are one commit, which the database takes only from whoever holds the
 * fence, and only while the saga stands where it stood. A worker may die or sleep anywhere in between.
 */
export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const { store, send, find, dispatch, log, random, at = () => {} } = options
  const {
    tenantAtMost = Number.POSITIVE_INFINITY,
    retry = patientRetry,
    renewMs,
    rules = { plan, onOutcome },
  } = options
  const hands = createHands({ store, dispatch, log, tenantAtMost, renewMs })
  const running = new Set<Promise<void>>()
  let stopping = false

  async function take(sagaId: string): Promise<void> {
    await at('before claim', sagaId)
    const instance = stopping ? null : await store.claim(sagaId)
    if (instance) await hold(instance)
    else hands.passBy()
  }

  async function hold(instance: Instance): Promise<void> {
    await at('after claim', instance.id)
    const saga = find(instance.definition, instance.version)
    // The claim passes by what this worker does not know.
    if (!saga) return
    hands.hold(instance)
    const { tenantId, causedBy } = instance
    const traceId = parseTraceparent(instance.traceparent ?? undefined)?.traceId
    const context = { tenantId, actor: causedBy.person, requestId: causedBy.requestId, ...(traceId && { traceId }) }
    await withContext(context, () => drive(saga, instance)).finally(() => hands.letGo(instance, { stopping }))
  }

  async function drive(saga: Saga, claimed: Instance): Promise<void> {
    let instance = claimed
    for (;;) {
      const { move, attempt } = await next(saga, instance)
      await at('before commit', instance.id)
      const moved = await commit(instance, move, attempt)
      if (!moved) return void log.info({ sagaId: instance.id }, 'the saga is in other hands')
      await at('after commit', instance.id)
      report(log, instance, move)
      instance = applied(instance, move, moved)
      // What came while the command was under way does not wait for its next attempt.
      if (move.run.at === 'after') return dispatch(instance.id, moved.due ? 0 : move.run.ms)
      // Given back although it is due: a signal came meanwhile, or this worker is stopping.
      if (move.run.at !== 'now') return moved.due ? dispatch(instance.id, 0) : undefined
      if (moved.signals > instance.signals.length) instance = { ...instance, signals: await store.signals(instance.id) }
    }
  }

  async function next(saga: Saga, instance: Instance): Promise<{ move: Move; attempt: Attempt | null }> {
    if (stopping) return { move: { ...stay(instance), run: { at: 'yield' } }, attempt: null }
    const planned = rules.plan(saga, instance, retry)
    if ('move' in planned) return { move: planned.move, attempt: null }
    await at('after STARTED', instance.id)
    if ('lock' in planned) {
      return { move: onLock(saga, instance, await takeLocks(store, instance, planned.lock)), attempt: null }
    }
    const began = performance.now()
    const outcome = await send(envelopeOf(instance, planned.send))
    await at('after send', instance.id)
    const attempt = attemptOf(planned.send, outcome, performance.now() - began)
    const move = rules.onOutcome(saga, instance, outcome, random(), retry)
    // A stopping worker starts nothing more: what it commits is taken up by another.
    return { move: stopping && move.run.at === 'now' ? { ...move, run: { at: 'yield' } } : move, attempt }
  }

  async function commit(instance: Instance, move: Move, attempt: Attempt | null): Promise<Moved | null> {
    for (let nth = 1; ; nth++) {
      try {
        return await store.move(instance, move, attempt)
      } catch (error) {
        if (!(error instanceof Fault) || nth === commitAttempts) throw error
        log.warn({ err: error, sagaId: instance.id }, 'a commit was not answered: it is tried again')
      }
    }
  }

  function track(taken: Promise<void>): Promise<void> {
    const settled = taken.catch(() => {}).finally(() => running.delete(settled))
    running.add(settled)
    return taken
  }

  return {
    run: (sagaId) => track(take(sagaId)),
    drive: (instance) => track(hold(instance)),
    async stop() {
      stopping = true
      while (running.size > 0) await Promise.all(running)
      hands.stop()
    },
  }
}

function report(log: Log, instance: Instance, { state, trouble, reason, consumes }: Move): void {
  const { id: sagaId, definition, version, cursor, direction } = instance
  const where = { sagaId, definition, version, cursor, direction, state }
  if (trouble) log.error({ ...where, alert: 'saga-stuck', ...trouble }, 'a saga is stuck: a person must look at it')
  else if (state !== instance.state) log.info({ ...where, reason: reason?.code }, `the saga is ${state}`)
  for (const { id, outcome } of consumes) log.info({ sagaId, signal: id, outcome }, 'a signal was dealt with')
}

/** Takes locks one after another, in their order; gives the first that others have, and takes none behind it. */
async function takeLocks({ lock: take }: Pick<Store, 'lock'>, instance: Instance, locks: readonly Lock[]) {
  for (const lock of locks) if (!(await take(instance, lock))) return lock
  return null
}

/** The command of a step as it was stored, under the key that names it for ever. */
export function envelopeOf(instance: Instance, step: StepRow) {
  const compensates = step.direction === 'BACKWARD' && step.seq !== ROLLED_BACK.seq
  const forward = compensates ? stepAt(instance, 'FORWARD', step.seq) : undefined
  return {
    command: step.command,
    idempotencyKey: keyOf(instance.id, step),
    forwardKey: forward ? keyOf(instance.id, forward) : null,
    inDoubt: step.unsent !== true,
    tenantId: instance.tenantId,
    onBehalfOf: instance.causedBy,
    traceparent: instance.traceparent,
  }
}

function attemptOf({ round }: StepRow, outcome: Outcome, tookMs: number): Attempt {
  if (outcome.kind === 'done') return { outcome: 'DONE', round, tookMs, error: null }
  const { code, message } = outcome
  const kind = { refused: 'REFUSED', inDoubt: 'IN_DOUBT', halted: 'HALTED' } as const
  return { outcome: kind[outcome.kind], round, tookMs, error: { code, message } }
}
