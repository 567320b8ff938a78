import { bug } from '@steinmetz/kernel/errors'
import { asksFor, turningPoint } from './anew.ts'
import { decision } from './approval.ts'
import type { Retry } from './backoff.ts'
import { followUpOf, nextLook } from './followUp.ts'
import { currentStep, type Instance, type Signal, type StepRow } from './instance.ts'
import { type Lock, locksOf } from './lock.ts'
import { type Move, stay } from './move.ts'
import type { Saga } from './saga.ts'
import { endOf } from './timer.ts'
import { goBackward, goForward, pivotMayBeDone, rollBack, startAgain, stuck } from './transition.ts'

/** What is to be done with a saga next: commit a move, or try something and see: send a step, take locks. */
export type Plan = { readonly move: Move } | { readonly send: StepRow } | { readonly lock: readonly Lock[] }

/** Decides what is next. Signals come first: an operator's cancel must not wait behind a step that fails. */
export function plan(saga: Saga, instance: Instance, retry: Retry): Plan {
  for (const signal of instance.signals) {
    const move = onSignal(saga, instance, signal)
    if (move) return { move }
  }
  if (instance.state === 'STUCK') return { move: { ...stay(instance), run: { at: 'never' } } }
  const step = currentStep(instance)
  if (instance.state === 'WAITING' && step?.kind !== 'lock') return onWaiting(saga, instance)
  if (instance.state === 'WAITING' && instance.overdue) return { move: expire(saga, instance) }
  // Whoever moved it here wrote the step in the same commit.
  if (!step) throw bug('NO_STEP_UNDER_WAY', `${instance.id} has no step ${instance.direction} ${instance.cursor}`)
  // A step that takes its worker down with it, each time, never lives to count a fault.
  if (step.attempts >= retry.attempts)
    return { move: stuck(instance, { code: 'ATTEMPTS_EXHAUSTED', message: `${step.name} never gave an answer` }) }
  return step.kind === 'lock' ? { lock: locksOf(step.command).locks } : { send: step }
}

/** The move that a signal leads to; null while it must wait. */
export function onSignal(saga: Saga, instance: Instance, signal: Signal): Move | null {
  switch (signal.kind) {
    case 'DECISION':
      return onDecision(saga, instance, signal)
    case 'CHANGED':
      return onChanged(saga, instance, signal)
    case 'CANCEL':
      return onCancel(saga, instance, signal)
    case 'REDRIVE':
      if (instance.state !== 'STUCK') return ignore(instance, signal, 'NOT_STUCK')
      return consume(startAgain(saga, instance), signal, 'REDRIVEN')
    case 'RESUME':
      if (instance.state === 'STUCK') return ignore(instance, signal, 'STUCK')
      if (instance.state === 'WAITING') return ignore(instance, signal, 'STILL_WAITING')
      return consume(stay(instance), signal, 'RESUMED')
    case 'SKIP':
      return onSkip(saga, instance, signal)
  }
}

function onDecision(saga: Saga, instance: Instance, signal: Signal): Move | null {
  const step = currentStep(instance)
  if (step?.kind !== 'approval' || step.direction !== 'FORWARD') return ignore(instance, signal, 'TOO_LATE')
  // It came before the answer to the request: without that one nobody knows which request it decides.
  if (step.status === 'STARTED') return null
  const decided = decision.safeParse(signal.payload).data
  const { requestId } = step.answer as { requestId: string }
  if (decided?.requestId !== requestId) return ignore(instance, signal, 'ANOTHER_REQUEST')
  const { verdict, attestation } = decided
  if (verdict === 'APPROVED' && !attestation)
    return consume(
      stuck(instance, { code: 'ATTESTATION_MISSING', message: 'an approval without proof' }),
      signal,
      verdict,
    )
  if (verdict === 'APPROVED') {
    const settles = { status: 'DONE', answer: { requestId, attestation } } as const
    return consume(goForward(saga, instance, settles, instance.cursor), signal, verdict)
  }
  const code = `APPROVAL_${verdict}`
  const message = `the approval '${step.name}' was ${verdict.toLowerCase()}`
  const settles = { status: 'REFUSED', error: { code, message } } as const
  const kind = verdict === 'EXPIRED' ? 'expiry' : 'rejection'
  return consume(rollBack(saga, instance, settles, { code, message, kind }), signal, verdict)
}

/** What is to be decided was changed. Where no decision is awaited the steps to come find that out themselves. */
function onChanged(saga: Saga, instance: Instance, signal: Signal): Move | null {
  const step = currentStep(instance)
  const anew = step?.direction === 'FORWARD' ? saga.steps[step.seq]?.anew : undefined
  if (!step || !anew) return ignore(instance, signal, 'NOT_AWAITED')
  if (asksFor(step, signal.payload)) return ignore(instance, signal, 'ALREADY_ASKED')
  // Only a request that was answered can be withdrawn: its withdrawal would otherwise overtake it.
  if (step.status === 'STARTED') return null
  const reason = { code: anew.refusal, message: 'what is to be decided was changed' }
  const backTo = turningPoint(saga, instance, step.seq)
  if (backTo === undefined)
    return consume(rollBack(saga, instance, null, { ...reason, kind: 'refusal' }), signal, 'TOO_OFTEN')
  return consume(rollBack(saga, instance, null, { ...reason, kind: 'change', backTo }), signal, 'ASKED_ANEW')
}

function onCancel(saga: Saga, instance: Instance, signal: Signal): Move {
  const reason = { code: 'CANCELLED', message: signal.note ?? 'cancelled by an operator', kind: 'cancel' } as const
  // It turned back to go on: now it goes all the way.
  if (instance.direction === 'BACKWARD' && instance.reason?.backTo !== undefined)
    return consume({ ...stay(instance), reason }, signal, 'CANCELLED')
  if (instance.direction === 'BACKWARD') return ignore(instance, signal, 'ALREADY_ROLLING_BACK')
  // In doubt it may be done, and what is done by a pivot is never undone.
  if (pivotMayBeDone(saga, instance)) return ignore(instance, signal, 'TOO_LATE')
  return consume(rollBack(saga, instance, null, reason), signal, 'CANCELLED')
}

/** An operator has done by hand what a step could not: only where going on is the only way. */
function onSkip(saga: Saga, instance: Instance, signal: Signal): Move {
  const { direction, pivotPassed, state, cursor } = instance
  if (state !== 'STUCK') return ignore(instance, signal, 'NOT_STUCK')
  if (direction === 'FORWARD' && !pivotPassed) return ignore(instance, signal, 'NOT_SKIPPABLE')
  const settles = { status: 'SKIPPED' } as const
  const move =
    direction === 'FORWARD' ? goForward(saga, instance, settles, cursor) : goBackward(saga, instance, settles, cursor)
  return consume(move, signal, 'SKIPPED')
}

/** Time ran out while nothing was under way. */
function expire(saga: Saga, instance: Instance): Move {
  const message = `not done within ${saga.deadlineDays} days`
  return rollBack(saga, instance, null, { code: 'DEADLINE_PASSED', message, kind: 'expiry' })
}

/** Nothing was told: the deadline has passed, the time has come that was waited for, or it was looked at too early. */
function onWaiting(saga: Saga, instance: Instance): Plan {
  const step = currentStep(instance)
  if (instance.overdue && !instance.pivotPassed) return { move: expire(saga, instance) }
  if (step?.kind === 'approval') {
    const followUp = instance.reached ? followUpOf(step) : null
    return followUp ? { send: followUp } : { move: { ...stay(instance), run: nextLook(step) } }
  }
  if (step?.kind !== 'timer') return { move: { ...stay(instance), run: { at: 'deadline' } } }
  const until = endOf(step.command)
  const settles = { status: 'DONE', answer: { until } } as const
  if (instance.reached) return { move: goForward(saga, instance, settles, instance.cursor) }
  return { move: { ...stay(instance), run: { at: 'time', time: until } } }
}

function ignore(instance: Instance, signal: Signal, outcome: string): Move {
  return consume(stay(instance), signal, outcome)
}

function consume(move: Move, { id }: Signal, outcome: string): Move {
  return { ...move, consumes: [{ id, outcome }] }
}
