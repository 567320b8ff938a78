import type { Cause } from '@steinmetz/kernel/outbox'
import type { AnyCommand } from './command.ts'
import type { Reason, Saga, StepKind } from './saga.ts'

export type Direction = 'FORWARD' | 'BACKWARD'

/**
 * - RUNNING: a step is under way, or due.
 * - WAITING: for a decision; nothing is under way.
 * - COMPENSATING: what was done is being undone.
 * - COMPLETED, COMPENSATED: ended.
 * - STUCK: a person must look at it; the direction says which way it was going.
 */
export type State = 'RUNNING' | 'WAITING' | 'COMPENSATING' | 'COMPLETED' | 'COMPENSATED' | 'STUCK'

/**
 * STARTED means in doubt: the command may or may not have been done. It is written before the command is
 * sent, and stays until an answer is known.
 */
export type StepStatus = 'STARTED' | 'WAITING' | 'DONE' | 'REFUSED' | 'SKIPPED'

/** What a step is called where it has no place of its own: the command behind the last compensation. */
export const ROLLED_BACK = { name: 'rolledBack', seq: -1 } as const

export type StepRow = {
  /** The step's place in the definition, from 0; -1 is the command behind the last compensation. */
  readonly seq: number
  readonly direction: Direction
  readonly name: string
  readonly kind: StepKind | 'rolledBack'
  readonly status: StepStatus
  /** Raised when an operator has a refused step asked anew: a refusal is stored under its key for ever. */
  readonly round: number
  /** How often it was sent in this round; begun again out of doubt it is sent for the second time. */
  readonly attempts: number
  /**
   * It began while the saga was in the hands it is in still, so nobody has sent it before. Whoever finds it at a claim
   * cannot know that: a crash of the server takes back who had the saga in hand, and nothing tells of that sending.
   */
  readonly unsent?: boolean
  /** The command as it was rendered when the step started. Exactly this is sent, and sent again. */
  readonly command: AnyCommand
  readonly answer: unknown
}

export type SignalKind = 'DECISION' | 'CHANGED' | 'CANCEL' | 'REDRIVE' | 'RESUME' | 'SKIP'

/** Something a saga is told from outside: a decision or a change, by an event, or an operator's order. */
export type Signal = {
  readonly id: string
  readonly kind: SignalKind
  readonly payload: unknown
  /** Why, in the operator's words. */
  readonly note: string | null
}

/** A saga as it stands, read when it is claimed. */
export type Instance = {
  readonly id: string
  readonly tenantId: string
  readonly definition: string
  readonly version: number
  readonly state: State
  readonly direction: Direction
  /** The seq of the step that is under way, in the direction the saga goes. */
  readonly cursor: number
  readonly pivotPassed: boolean
  readonly start: object
  readonly causedBy: Cause
  readonly traceparent: string | null
  readonly reason: Reason | null
  /** What it is told about from outside while it is at its step. */
  readonly awaits: string | null
  /** Grows with every claim: who holds an older one may change nothing. */
  readonly fence: string
  /** How often it has moved: a move is decided for one place, and holds nowhere else. */
  readonly moves: number
  /** Whether the deadline has passed, by the database's clock. */
  readonly overdue: boolean
  /** Whether the time it waits for has come, by the database's clock. */
  readonly reached: boolean
  readonly steps: readonly StepRow[]
  readonly signals: readonly Signal[]
}

/** Names what was asked, once for all retries: `<saga>:<step>:<direction>:<round>`. */
export function keyOf(sagaId: string, step: { name: string; direction: Direction; round: number }): string {
  return `${sagaId}:${step.name}:${step.direction.toLowerCase()}:${step.round}`
}

/** The row of one step in one direction, if it was ever started. */
export function stepAt(instance: Pick<Instance, 'steps'>, direction: Direction, seq: number): StepRow | undefined {
  return instance.steps.find((step) => step.seq === seq && step.direction === direction)
}

/** The row of the step that is under way. None when its command could not be rendered. */
export function currentStep(instance: Instance): StepRow | undefined {
  return stepAt(instance, instance.direction, instance.cursor)
}

/** A saga that is about to begin. The database gives it its id. */
export function unborn(
  { name: definition, version }: Saga,
  start: object,
  from: Pick<Instance, 'tenantId' | 'causedBy' | 'traceparent'>,
): Instance {
  return {
    ...from,
    ...{
      id: '',
      definition,
      version,
      start,
      fence: '0',
      moves: 0,
      overdue: false,
      reached: false,
      reason: null,
      awaits: null,
    },
    ...{ state: 'RUNNING', direction: 'FORWARD', cursor: 0, pivotPassed: false, steps: [], signals: [] },
  }
}
