import { bug } from '@steinmetz/kernel/errors'
import { isUndone, roundOf, turnsBackTo } from './anew.ts'
import { approvalTopic, readAsked } from './approval.ts'
import { pauseMs, type Retry } from './backoff.ts'
import type { AnyCommand, Outcome } from './command.ts'
import { nextLook, onFollowUp } from './followUp.ts'
import { currentStep, type Direction, type Instance, ROLLED_BACK, type StepRow, stepAt } from './instance.ts'
import { type Lock, locksOf, topicOfLock } from './lock.ts'
import { type Move, type Settled, settledSteps, stay, type Trouble } from './move.ts'
import { isExternal, isPivot, type Reason, type Render, type Saga, type Step } from './saga.ts'
import { endOf } from './timer.ts'

/** The first move of a saga: its first step starts. */
export function begin(saga: Saga, instance: Instance): Move {
  return goForward(saga, instance, null, -1)
}

/** What follows from the outcome of sending the step under way. `random` is from 0 to below 1. */
export function onOutcome(saga: Saga, instance: Instance, outcome: Outcome, random: number, retry: Retry): Move {
  const step = currentStep(instance)
  if (!step) throw bug('NO_STEP_UNDER_WAY', `${instance.id} has no step ${instance.direction} ${instance.cursor}`)
  if (instance.state === 'WAITING') return onFollowUp(instance, step, outcome, random, retry)
  switch (outcome.kind) {
    case 'done':
      return onDone(saga, instance, step, outcome.answer)
    case 'refused':
      return onRefused(saga, instance, outcome)
    case 'inDoubt':
      if (step.attempts + 1 >= retry.attempts) return stuck(instance, outcome)
      return { ...stay(instance), run: { at: 'after', ms: pauseMs(step.attempts + 1, random, retry) } }
    case 'halted':
      return stuck(instance, outcome)
  }
}

function onDone(saga: Saga, instance: Instance, step: StepRow, answer: unknown): Move {
  if (instance.direction === 'BACKWARD') return goBackward(saga, instance, { status: 'DONE', answer }, instance.cursor)
  if (saga.steps[instance.cursor]?.kind !== 'approval')
    return goForward(saga, instance, { status: 'DONE', answer }, instance.cursor)
  const asked = readAsked(answer)
  if (!asked) return stuck(instance, { code: 'ANSWER_UNREADABLE', message: 'the answer names no approval request' })
  const settles = { status: 'WAITING', answer: asked } as const
  return { ...stay(instance), state: 'WAITING', settles, run: nextLook({ ...step, answer: asked }) }
}

/** Only a step before or at the pivot may say no. Behind it, and on the way back, a no calls a person. */
function onRefused(saga: Saga, instance: Instance, { code, message }: Trouble): Move {
  const settles = { status: 'REFUSED', error: { code, message } } as const
  if (instance.direction === 'BACKWARD' || instance.pivotPassed) return { ...stuck(instance, settles.error), settles }
  const backTo = turnsBackTo(saga, instance, code)
  if (backTo !== undefined) return rollBack(saga, instance, settles, { code, message, kind: 'change', backTo })
  return rollBack(saga, instance, settles, { code, message, kind: 'refusal' })
}

/** Stops here until a person has looked at it. What is in doubt stays in doubt. */
export function stuck(instance: Instance, trouble: Trouble): Move {
  const { code, message } = trouble
  return { ...stay(instance), state: 'STUCK', run: { at: 'never' }, trouble: { code, message } }
}

/** Goes on to the step behind `from`. The deadline stops new steps only, and none behind the pivot. */
export function goForward(saga: Saga, instance: Instance, settles: Settled | null, from: number): Move {
  const pivotPassed = instance.pivotPassed || isPivot(saga.steps[from]?.kind)
  const known = { ...instance, steps: settledSteps(instance, settles) }
  const seq = nextDue(saga, known, from + 1)
  const step = saga.steps[seq]
  const base = { ...stay(instance), pivotPassed, settles, awaits: null }
  if (!step) return { ...base, state: 'COMPLETED', run: { at: 'never' } }
  if (instance.overdue && !pivotPassed)
    return rollBack(saga, instance, settles, {
      code: 'DEADLINE_PASSED',
      message: `not done within ${saga.deadlineDays} days`,
      kind: 'expiry',
    })
  const context = { start: instance.start, ...answersBefore(known, seq) }
  const place = { ...step, seq, direction: 'FORWARD' } as const
  return start({ ...base, state: 'RUNNING' }, place, step.command, context, roundOf(known, 'FORWARD', seq))
}

/** The first step from `seq` on that is needed. */
function nextDue(saga: Saga, known: Instance, seq: number): number {
  const step = saga.steps[seq]
  const context = { start: known.start, ...answersBefore(known, seq) }
  return step && !isDue(step, context) ? nextDue(saga, known, seq + 1) : seq
}

function isDue({ due }: Step, context: object): boolean {
  try {
    return !due || due(context as never)
  } catch {
    return true // Who cannot say asks: to render the request will fail as well, and call a person.
  }
}

/**
 * Turns round: every step that is started or done is compensated, the last one first. After a change only as far
 * as the step that is done again, and from there the saga goes forward.
 */
export function rollBack(saga: Saga, instance: Instance, settles: Settled | null, reason: Reason): Move {
  if (pivotMayBeDone(saga, { ...instance, steps: settledSteps(instance, settles) }))
    throw bug('PIVOT_MAY_BE_DONE', `${instance.id} cannot be rolled back any more`)
  return goBackward(saga, { ...instance, reason }, settles, saga.steps.length)
}

/** Whether there may be no way back: the pivot is done, or in doubt. */
export function pivotMayBeDone(saga: Saga, instance: Instance): boolean {
  if (instance.pivotPassed) return true
  const seq = saga.steps.findIndex(({ kind }) => isPivot(kind))
  const row = seq < 0 ? undefined : stepAt(instance, 'FORWARD', seq)
  return row !== undefined && row.status !== 'REFUSED'
}

/** Goes on to the next compensation before `from`, then to the command that ends a rolled back saga. */
export function goBackward(saga: Saga, instance: Instance, settles: Settled | null, from: number): Move {
  const known = { ...instance, steps: settledSteps(instance, settles) }
  const base = { ...stay(instance), direction: 'BACKWARD', settles, awaits: null } as const
  const seq = lastToUndo(saga, known, from)
  const { backTo } = instance.reason ?? {}
  if (backTo !== undefined && seq < backTo) {
    const again = { ...known, direction: 'FORWARD', reason: null } as const
    return { ...goForward(saga, again, null, backTo - 1), settles }
  }
  const compensate = saga.steps[seq]?.compensate
  const step = saga.steps[seq]
  if (step && compensate) {
    const context = { start: instance.start, ...answersBefore(known, seq) }
    const place = { ...step, seq, direction: 'BACKWARD' } as const
    return start({ ...base, state: 'COMPENSATING' }, place, compensate, context, roundOf(known, 'BACKWARD', seq))
  }
  if (!saga.rolledBack || from <= ROLLED_BACK.seq) {
    return { ...base, state: 'COMPENSATED', cursor: ROLLED_BACK.seq, run: { at: 'never' } }
  }
  const context = { start: instance.start, reason: instance.reason }
  const last = { ...ROLLED_BACK, kind: 'rolledBack', direction: 'BACKWARD' } as const
  return start({ ...base, state: 'COMPENSATING' }, last, saga.rolledBack, context)
}

/**
 * The last step below `below` that may have had an effect: one that was done, and one that was started and
 * whose answer is not known. Only what was refused is known to have left nothing.
 */
function lastToUndo(saga: Saga, instance: Instance, below: number): number {
  for (let seq = Math.min(below, saga.steps.length) - 1; seq >= 0; seq--) {
    const row = stepAt(instance, 'FORWARD', seq)
    if (row && row.status !== 'REFUSED' && !isUndone(instance, seq) && saga.steps[seq]?.compensate) return seq
  }
  return ROLLED_BACK.seq
}

type Place = { name: string; kind: Saga['steps'][number]['kind'] | 'rolledBack'; seq: number; direction: Direction }

/** Starts a step: its command is rendered once, now, and kept. */
function start(base: Move, place: Place, render: Render, context: object, round = 0): Move {
  const { name, kind, seq, direction } = place
  const at = { ...base, direction, cursor: seq }
  try {
    const command = plain(render(context as never))
    if (direction === 'FORWARD' && isExternal(kind) !== (command.outside === true)) return misplaced(at, name)
    const begun = { seq, direction, name, kind, round, command }
    if (kind === 'timer') {
      const time = endOf(command)
      return { ...at, state: 'WAITING', starts: { ...begun, status: 'WAITING' }, run: { at: 'time', time } }
    }
    const awaits = kind === 'approval' && direction === 'FORWARD' ? approvalTopic(command) : null
    return { ...at, awaits, starts: begun }
  } catch (error) {
    const message = `${name} gives no command: ${error instanceof Error ? error.name : typeof error}`
    return { ...at, state: 'STUCK', run: { at: 'never' }, trouble: { code: 'COMMAND_NOT_RENDERED', message } }
  }
}

/** The types do not let a definition say so; what is stored and sent is data, and is looked at once more. */
function misplaced(at: Move, name: string): Move {
  const message = `${name} calls outside and is no external step, or is one and does not`
  return { ...at, state: 'STUCK', run: { at: 'never' }, trouble: { code: 'COMMAND_MISPLACED', message } }
}

/** What follows from trying to take the locks, `busy` being the one that others have: on, or waiting, or back. */
export function onLock(saga: Saga, instance: Instance, busy: Lock | null): Move {
  const step = currentStep(instance)
  if (!step) throw bug('NO_STEP_UNDER_WAY', `${instance.id} has no lock to take`)
  const { locks, whenBusy } = locksOf(step.command)
  if (!busy) return goForward(saga, instance, { status: 'DONE', answer: { locks } }, instance.cursor)
  if (whenBusy === 'wait') {
    // What it waits for stands in the answer, too: it says with whom this one could share the lock.
    const settles = { status: 'WAITING', answer: busy } as const
    return { ...stay(instance), state: 'WAITING', awaits: topicOfLock(busy), settles, run: { at: 'deadline' } }
  }
  const error = { code: 'SUBJECT_BUSY', message: 'another process is at work on the same subject' }
  return rollBack(saga, instance, { status: 'REFUSED', error }, { ...error, kind: 'refusal' })
}

/** Starts the step under way once more, in the next round when its answer was a no. */
export function startAgain(saga: Saga, instance: Instance): Move {
  const { direction, cursor } = instance
  const row = currentStep(instance)
  const state = direction === 'FORWARD' ? 'RUNNING' : 'COMPENSATING'
  const base: Move = { ...stay(instance), state }
  // In doubt: the very same command under the very same key.
  if (row?.status === 'STARTED') {
    const { seq, name, kind, round, command } = row
    return { ...base, starts: { seq, direction, name, kind, round, command } }
  }
  const round = roundOf(instance, direction, cursor)
  const step = saga.steps[cursor]
  if (cursor === ROLLED_BACK.seq) {
    if (!saga.rolledBack) throw bug('NO_STEP_UNDER_WAY', `${instance.id} has nothing left to do`)
    const last = { ...ROLLED_BACK, kind: 'rolledBack', direction } as const
    return start(base, last, saga.rolledBack, { start: instance.start, reason: instance.reason }, round)
  }
  const render = direction === 'FORWARD' ? step?.command : step?.compensate
  if (!step || !render) throw bug('NO_STEP_UNDER_WAY', `${instance.id} has no step ${direction} ${cursor}`)
  const context = { start: instance.start, ...answersBefore(instance, cursor) }
  return start(base, { ...step, seq: cursor, direction }, render, context, round)
}

/** What a step may read: the answers of the steps before it. */
function answersBefore(instance: Instance, seq: number): Record<string, unknown> {
  const done = instance.steps.filter(
    (step) => step.direction === 'FORWARD' && step.seq < seq && step.status === 'DONE' && !isUndone(instance, step.seq),
  )
  return Object.fromEntries(done.map(({ name, answer }) => [name, answer]))
}

/** A command as data: what is stored, and so what is sent, on the first try and on every other. */
function plain({ subgraph, mutation, input, outside }: AnyCommand): AnyCommand {
  return JSON.parse(JSON.stringify({ subgraph, mutation, input, outside }))
}
