import { refuse } from '@steinmetz/kernel/errors'
import type { Instance } from '../generated/prisma/client.ts'

/** What operators order. All else a process is told comes from events. */
export const orderKinds = ['CANCEL', 'REDRIVE', 'RESUME', 'SKIP'] as const

export type OrderKind = (typeof orderKinds)[number]

/** A process as an order finds it. */
export type Standing = Pick<Instance, 'state' | 'direction' | 'pivotPassed' | 'reason'> & {
  /** Whether the step from which there is no way back has been started, and was not refused. */
  readonly pivotStarted: boolean
}

/**
 * Decides whether an order makes sense as the process stands. The engine decides once more when it carries it
 * out: the process may have gone on by then.
 */
export function allow(kind: OrderKind, process: Standing): void {
  const { state } = process
  if (state === 'COMPLETED' || state === 'COMPENSATED') throw refuse('PROCESS_FINISHED', `the process is ${state}`)
  rules[kind](process)
}

const rules: Readonly<Record<OrderKind, (process: Standing) => void>> = {
  CANCEL({ direction, pivotPassed, pivotStarted, reason }) {
    // One that only turns back, to ask anew for an approval, would go forward again.
    const turnsBack = (reason as { backTo?: number } | null)?.backTo !== undefined
    if (direction === 'BACKWARD' && !turnsBack)
      throw refuse('PROCESS_ROLLING_BACK', 'the process is being rolled back already')
    if (pivotPassed) throw refuse('PROCESS_PIVOT_PASSED', 'what the process has done cannot be undone any more')
    if (pivotStarted)
      throw refuse('PROCESS_PIVOT_PASSED', 'what cannot be undone is under way, and may have been done already')
  },

  REDRIVE: mustBeStuck,

  RESUME({ state }) {
    if (state === 'STUCK') throw refuse('PROCESS_STUCK', 'the process is stuck: redrive it')
    if (state === 'WAITING')
      throw refuse('PROCESS_WAITING', 'the process waits for a decision, a date or another process')
  },

  SKIP(process) {
    mustBeStuck(process)
    if (process.direction === 'FORWARD' && !process.pivotPassed)
      throw refuse('STEP_NOT_SKIPPABLE', 'later steps rely on this one: redrive the process, or cancel it')
  },
}

function mustBeStuck({ state }: Standing): void {
  if (state !== 'STUCK') throw refuse('PROCESS_NOT_STUCK', `the process is ${state}: nothing is stuck`)
}
