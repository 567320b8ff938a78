import { type Asked, asked, readFollowUpAt } from './approval.ts'
import { pauseMs, type Retry } from './backoff.ts'
import type { Outcome } from './command.ts'
import type { Instance, StepRow } from './instance.ts'
import { type Move, type NextRun, stay } from './move.ts'

// While a decision is awaited the saga does nothing but this: at the times that approvals name it asks them to do
// what is due, to remind, to escalate, to let the request expire. What that is they know; the saga has the clock,
// which no crash stops: the time stands in its row.

/** When a waiting approval is looked at next, of its own accord. */
export function nextLook({ answer }: StepRow): NextRun {
  const { followUpAt } = answer as Asked
  return followUpAt ? { at: 'time', time: followUpAt } : { at: 'deadline' }
}

/** The follow-up of a waiting approval, as a step to be sent. Its key counts them, so that each is done once. */
export function followUpOf(step: StepRow): StepRow | null {
  const { requestId, followUpAt, followUps } = step.answer as Asked
  if (!followUpAt) return null
  const { subgraph } = step.command
  const command = { subgraph, mutation: 'followUpRequest', input: { requestId, at: followUpAt } }
  return { ...step, name: `${step.name}.${step.round}.followUp`, round: followUps, command }
}

/**
 * What follows from the outcome of a follow-up. The saga goes on waiting, whatever it was: without an answer it is
 * asked again, and approvals that refuse it are not asked any more. The saga's own deadline stands behind all that.
 */
export function onFollowUp(instance: Instance, step: StepRow, outcome: Outcome, random: number, retry: Retry): Move {
  if (outcome.kind === 'inDoubt' || outcome.kind === 'halted')
    return { ...stay(instance), run: { at: 'after', ms: pauseMs(step.attempts + 1, random, retry) } }
  const { requestId, followUps } = step.answer as Asked
  const next = outcome.kind === 'done' ? readFollowUpAt(outcome.answer) : null
  const answer = asked(requestId, next, followUps + 1)
  return { ...stay(instance), settles: { status: 'WAITING', answer }, run: nextLook({ ...step, answer }) }
}
