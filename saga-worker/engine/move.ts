import type { AnyCommand } from './command.ts'
import { currentStep, type Direction, type Instance, type State, type StepRow, type StepStatus } from './instance.ts'
import type { Reason } from './saga.ts'

/** What went wrong, in one line: a code and a message without personal data. */
export type Trouble = { readonly code: string; readonly message: string }

/** What becomes known about the step that is under way. */
export type Settled = { readonly status: StepStatus; readonly answer?: unknown; readonly error?: Trouble }

/** A step that begins, with the command that will be sent for it until it is answered. */
export type Started = Pick<StepRow, 'seq' | 'direction' | 'name' | 'kind' | 'round'> & {
  readonly command: AnyCommand
  /** A timer waits at once; anything else is STARTED, which is to say in doubt. */
  readonly status?: 'WAITING'
}

/** When the saga is looked at next. All but `now` gives it out of hand; `yield` does so although it is due. */
export type NextRun =
  | { readonly at: 'now' }
  | { readonly at: 'yield' }
  | { readonly at: 'after'; readonly ms: number }
  | { readonly at: 'deadline' }
  | { readonly at: 'time'; readonly time: string }
  | { readonly at: 'never' }

/**
 * One change of one saga, committed as a whole or not at all: the answer of the step under way, where the
 * saga stands then, and the step that starts next. It holds only while the saga stands where it stood
 * when the move was decided.
 */
export type Move = {
  readonly state: State
  readonly direction: Direction
  readonly cursor: number
  readonly pivotPassed: boolean
  readonly reason: Reason | null
  /** What the saga is told about from outside while it is at this step. */
  readonly awaits: string | null
  readonly settles: Settled | null
  readonly starts: Started | null
  /** Signals that are dealt with by this move, and what came of each. */
  readonly consumes: readonly { readonly id: string; readonly outcome: string }[]
  readonly run: NextRun
  /** Why a person must look at it. */
  readonly trouble: Trouble | null
}

/** Nothing changes but what the caller adds. */
export function stay(instance: Instance): Move {
  const { state, direction, cursor, pivotPassed, reason, awaits } = instance
  return {
    ...{ state, direction, cursor, pivotPassed, reason, awaits },
    settles: null,
    starts: null,
    consumes: [],
    run: { at: 'now' },
    trouble: null,
  }
}

/** What the database says when a move was committed. */
export type Moved = {
  /** Signals that are waiting now. */
  readonly signals: number
  readonly overdue: boolean
  /** Whether there is something to do at once. */
  readonly due: boolean
}

/** The saga as it stands when it has begun with its first move, in the hands of whoever began it. */
export function born(unborn: Instance, first: Move, { id, fence }: { id: string; fence: string }): Instance {
  return { ...applied({ ...unborn, id, fence }, first, { overdue: false }), moves: 0 }
}

/** The saga as it stands after a move. Signals are read anew by whoever needs them. */
export function applied(instance: Instance, move: Move, { overdue }: Pick<Moved, 'overdue'>): Instance {
  const consumed = new Set(move.consumes.map(({ id }) => id))
  return {
    ...instance,
    moves: instance.moves + 1,
    state: move.state,
    direction: move.direction,
    cursor: move.cursor,
    pivotPassed: move.pivotPassed,
    reason: move.reason,
    awaits: move.awaits,
    overdue,
    reached: false,
    steps: withStarted(settledSteps(instance, move.settles), move.starts),
    signals: instance.signals.filter(({ id }) => !consumed.has(id)),
  }
}

/** The steps, once it is known what became of the one under way. */
export function settledSteps(instance: Instance, settles: Settled | null): readonly StepRow[] {
  const current = currentStep(instance)
  if (!settles || !current) return instance.steps
  const { status, answer = current.answer } = settles
  return instance.steps.map((step) => (step === current ? { ...step, status, answer } : step))
}

function withStarted(steps: readonly StepRow[], starts: Started | null): readonly StepRow[] {
  if (!starts) return steps
  const isSame = ({ seq, direction }: StepRow) => seq === starts.seq && direction === starts.direction
  const others = steps.filter((step) => !isSame(step))
  // Begun again out of doubt it has been sent before, though its attempts are counted anew.
  const again = steps.find(isSame)?.status === 'STARTED'
  return [...others, { status: 'STARTED', ...starts, attempts: again ? 1 : 0, unsent: !again, answer: null }]
}
