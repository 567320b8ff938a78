import type { AnswerOf, AnyCommand, Command, External } from './command.ts'
import { acquire, type Lock, type WhenBusy } from './lock.ts'
import { waitUntil } from './timer.ts'

/** Why a saga was rolled back: a step was refused, time ran out, an approver said no, an operator cancelled. */
export type Reason = {
  readonly code: string
  readonly message: string
  readonly kind: 'refusal' | 'expiry' | 'rejection' | 'cancel' | 'change'
  /** Of a change: the seq of the step that is done again; what lies before it stays done. */
  readonly backTo?: number
}

/**
 * - `lock`: keeps other sagas off the subject, until this one ends.
 * - `step`: can be compensated, until the pivot is passed.
 * - `approval`: asks other people, waits, and can be withdrawn.
 * - `timer`: waits until a date; it does nothing, so there is nothing to undo.
 * - `pivot`: the point of no return. Before it a saga may roll back, behind it only go on.
 * - `retriable`: behind the pivot; it must not be refused.
 * - `external`: calls a system outside. Before the pivot it can be compensated, behind it it must not be refused.
 * - `externalPivot`: a call to a system outside that is the point of no return.
 */
export type StepKind = 'lock' | 'step' | 'approval' | 'timer' | 'pivot' | 'retriable' | 'external' | 'externalPivot'

/** Whether behind a step of this kind there is no way back. */
export function isPivot(kind: StepKind | undefined): boolean {
  return kind === 'pivot' || kind === 'externalPivot'
}

/** Whether a step of this kind calls a system outside, and so sends nothing else. */
export function isExternal(kind: StepKind | 'rolledBack'): boolean {
  return kind === 'external' || kind === 'externalPivot'
}

/** Makes a command from what is known. Who calls it knows the context; a definition as such does not. */
export type Render = (context: never) => AnyCommand

export type Step = {
  readonly name: string
  readonly kind: StepKind
  readonly command: Render
  /** Undoes the step; null where there is no way back, or nothing to undo. */
  readonly compensate: Render | null
  /** Whether it is needed at all; one that is not is passed over. Left out: it always is. */
  readonly due?: (context: never) => boolean
  /** Of an approval: when it is asked for anew. Left out: never. */
  readonly anew?: Anew
}

/** The event that begins a saga: its name, and how its payload is read. */
export type StartEvent<Start> = { readonly type: string; parse(payload: unknown): Start }

/** When an approval is asked for anew instead of being refused. */
export type Anew<From extends string = string> = {
  /** The step that reads what is to be decided; it is done again. */
  readonly from: From
  /** By which code a step behind the approval says that what was approved is not what there is. */
  readonly refusal: string
  /** Tells of a change while the decision is awaited. Left out, only the refusal does. */
  readonly changed?: Changed
  /** After so many times the refusal stands and the saga rolls back. Default: 5. */
  readonly atMost?: number
}

/** The event that tells of a change: which saga it concerns, and the hash of what there is now. */
export type Changed = {
  readonly type: string
  read(payload: unknown): Content
  /** As above, of a payload that is parsed already; a shape is rendered by it. */
  readonly as: (payload: never) => Content
}

type Content = { readonly correlation: string; readonly contentHash: string }

/** Says of an event which saga it concerns and what the content is now. */
export function whenChanged<Payload>(event: StartEvent<Payload>, as: (payload: Payload) => Content): Changed {
  return { type: event.type, as, read: (payload) => as(event.parse(payload)) }
}

/** A saga as the engine runs it. */
export type Saga = {
  readonly name: string
  readonly version: number
  readonly owner: string
  readonly subject: string | null
  readonly startOn: StartEvent<object>
  readonly correlateBy: (start: never) => string
  readonly deadlineDays: number
  readonly steps: readonly Step[]
  /** The last command of a rolled back saga. */
  readonly rolledBack: Render | null
}

/** What a saga keeps others off until it ends, and what it does when others are there already. */
export type Isolation<Start> = {
  /** Waits until they have ended, or rolls back with SUBJECT_BUSY. */
  readonly whenBusy: WhenBusy
  /** Of the subject: shares it with all who name the same group of changes. Default: keeps it to itself. */
  readonly commutesAs?: string
  /** What else it changes, however it is ordered: sagas never wait for each other in a circle. */
  readonly also?: (context: Readonly<{ start: Start }>) => readonly Lock[]
}

export type SagaOptions<Start> = {
  readonly name: string
  /** From 1. What a published version does never changes: a change is a new version. */
  readonly version: number
  /** The domain that answers for the process and is paged when it is stuck. */
  readonly owner: string
  /**
   * The entity in the graph that the process is about; `correlateBy` gives its id. Where one thing can have
   * several such processes, one after another, what tells them apart stands behind the id and a colon.
   */
  readonly subject?: string
  /** Keeps sagas apart that are about the same subject and say so too. Default: they go side by side. */
  readonly isolation?: WhenBusy | Isolation<Start>
  readonly startOn: StartEvent<Start>
  /** One saga per tenant, name and this key; a second event with the same key starts nothing. */
  readonly correlateBy: (start: Start) => string
  /** After so many days no new step before the pivot begins, and the saga rolls back. 1 to 3,650. */
  readonly deadlineDays: number
}

/** What a step may read: the event that began the saga, and the answers of the steps before it. */
type Known<Start, Answers> = Readonly<{ start: Start } & Answers>

// A name that is taken already becomes `never`, and so does not compile.
type Free<Name extends string, Answers> = Name extends keyof Answers | 'start' | 'reason' ? never : Name

type With<Answers, Name extends string, Answer> = Answers & Readonly<Record<Name, Answer>>

/** What an approval gives to the steps behind it. `attestation` is signed and proves who approved what. */
export type Approval = { readonly requestId: string; readonly attestation: string }

type RolledBack<Start> = {
  /** The last command of a rolled back saga, behind every compensation. */
  onRolledBack(render: (context: Readonly<{ start: Start; reason: Reason }>) => Command<unknown>): Saga
}

/** Waits until an instant (ISO 8601 with its offset), or until a date begins in Germany. */
type Until<Start, Answers> = { readonly until: (context: Known<Start, Answers>) => string }
type Waited = { readonly until: string }

type Request<Start, Answers> = {
  readonly request: (context: Known<Start, Answers>) => Command<{ readonly requestId: string }>
  readonly withdraw: (context: Known<Start, Answers>) => Command<unknown>
  /** Asks anew when what is to be decided changes. Left out: a change is refused behind the approval. */
  readonly anew?: Anew<keyof Answers & string>
}

/** A saga up to its pivot: here everything has a way back. */
export type BeforePivot<Start, Answers> = Saga &
  RolledBack<Start> & {
    step<Name extends string, Sent extends Command<unknown>>(
      name: Free<Name, Answers>,
      step: {
        readonly command: (context: Known<Start, Answers>) => Sent
        /** Reads only what was known before the step: its own answer may be lost. */
        readonly compensate: (context: Known<Start, Answers>) => Command<unknown>
      },
    ): BeforePivot<Start, With<Answers, Name, AnswerOf<Sent>>>
    /** Calls a system outside. */
    external<Name extends string, Sent extends External<unknown>>(
      name: Free<Name, Answers>,
      step: {
        readonly command: (context: Known<Start, Answers>) => Sent
        /**
         * Undoes it, outside or with us, by what was known before the step. Null where it changes nothing outside
         * and only asks.
         */
        readonly compensate: ((context: Known<Start, Answers>) => AnyCommand) | null
      },
    ): BeforePivot<Start, With<Answers, Name, AnswerOf<Sent>>>
    /** Asks something and changes nothing, so there is nothing to undo. */
    check<Name extends string, Sent extends Command<unknown>>(
      name: Free<Name, Answers>,
      step: { readonly command: (context: Known<Start, Answers>) => Sent },
    ): BeforePivot<Start, With<Answers, Name, AnswerOf<Sent>>>
    /**
     * Requests an approval and waits for the decision. A rejection or an expiry rolls the saga back. The
     * request's input says policy, subjectType and subjectId, by which the decision is recognised.
     */
    approval<Name extends string>(
      name: Free<Name, Answers>,
      step: Request<Start, Answers>,
    ): BeforePivot<Start, With<Answers, Name, Approval>>
    /** An approval where one is due; where none is, the steps behind it read undefined. */
    approvalWhereDue<Name extends string>(
      name: Free<Name, Answers>,
      step: Request<Start, Answers> & { readonly due: (context: Known<Start, Answers>) => boolean },
    ): BeforePivot<Start, With<Answers, Name, Approval | undefined>>
    timer<Name extends string>(
      name: Free<Name, Answers>,
      step: Until<Start, Answers>,
    ): BeforePivot<Start, With<Answers, Name, Waited>>
    pivot<Name extends string, Sent extends Command<unknown>>(
      name: Free<Name, Answers>,
      step: { readonly command: (context: Known<Start, Answers>) => Sent },
    ): BehindPivot<Start, With<Answers, Name, AnswerOf<Sent>>>
    /** A pivot outside. In doubt it is asked about until there is an answer, and never compensated. */
    externalPivot<Name extends string, Sent extends External<unknown>>(
      name: Free<Name, Answers>,
      step: { readonly command: (context: Known<Start, Answers>) => Sent },
    ): BehindPivot<Start, With<Answers, Name, AnswerOf<Sent>>>
  }

/** A saga behind its pivot: here nothing is undone and nothing may be refused. */
export type BehindPivot<Start, Answers> = Saga &
  RolledBack<Start> & {
    retriable<Name extends string, Sent extends Command<unknown>>(
      name: Free<Name, Answers>,
      step: { readonly command: (context: Known<Start, Answers>) => Sent },
    ): BehindPivot<Start, With<Answers, Name, AnswerOf<Sent>>>
    /** Calls a system outside. */
    external<Name extends string, Sent extends External<unknown>>(
      name: Free<Name, Answers>,
      step: { readonly command: (context: Known<Start, Answers>) => Sent },
    ): BehindPivot<Start, With<Answers, Name, AnswerOf<Sent>>>
    timer<Name extends string>(
      name: Free<Name, Answers>,
      step: Until<Start, Answers>,
    ): BehindPivot<Start, With<Answers, Name, Waited>>
  }

/**
 * Defines a process across domains. Steps run in the order they are written; each returns a command as a
 * value and reads nothing but its context: no clock, no randomness, no I/O, so that the same step always
 * gives the same command.
 */
export function saga<Start extends object>(options: SagaOptions<Start>): BeforePivot<Start, unknown> {
  const { subject = null, isolation, ...given } = options
  assertOptions(options)
  // The builder's state grows with each call while its types narrow: what follows is the one place where
  // the two are told to agree.
  const steps = isolation ? [lockStep(options, isolation)] : []
  return build({ ...given, subject, steps, rolledBack: null }) as unknown as BeforePivot<Start, unknown>
}

type Asking = { request: Render; withdraw: Render; anew?: Anew }

// What a builder is at run time, whatever the types let one call on it.
type Builder = Saga & {
  step(name: string, step: { command: Render; compensate: Render }): Builder
  check(name: string, step: { command: Render }): Builder
  approval(name: string, step: Asking): Builder
  approvalWhereDue(name: string, step: Asking & { due: (context: never) => boolean }): Builder
  timer(name: string, step: { until: (context: never) => string }): Builder
  external(name: string, step: { command: Render; compensate?: Render | null }): Builder
  pivot(name: string, step: { command: Render }): Builder
  externalPivot(name: string, step: { command: Render }): Builder
  retriable(name: string, step: { command: Render }): Builder
  onRolledBack(render: Render): Saga
}

function build(definition: Saga): Builder {
  const add = (step: Step) => {
    if (definition.steps.some(({ name }) => name === step.name) || !STEP_NAME.test(step.name))
      throw new TypeError(`${definition.name}: '${step.name}' cannot name a step, or names one already`)
    return build({ ...definition, steps: [...definition.steps, step] })
  }
  return {
    ...definition,
    step: (name, { command, compensate }) => add({ name, kind: 'step', command, compensate }),
    check: (name, { command }) => add({ name, kind: 'step', command, compensate: null }),
    approval: (name, { request, withdraw, ...more }) =>
      add({ name, kind: 'approval', command: request, compensate: withdraw, ...more }),
    approvalWhereDue: (name, { request, withdraw, ...more }) =>
      add({ name, kind: 'approval', command: request, compensate: withdraw, ...more }),
    timer: (name, { until }) =>
      add({ name, kind: 'timer', command: (context) => waitUntil(until(context)), compensate: null }),
    external: (name, { command, compensate = null }) => add({ name, kind: 'external', command, compensate }),
    pivot: (name, { command }) => add({ name, kind: 'pivot', command, compensate: null }),
    externalPivot: (name, { command }) => add({ name, kind: 'externalPivot', command, compensate: null }),
    retriable: (name, { command }) => add({ name, kind: 'retriable', command, compensate: null }),
    onRolledBack: (rolledBack) => ({ ...definition, rolledBack }),
  }
}

function lockStep<Start>(
  { subject, correlateBy }: SagaOptions<Start>,
  isolation: NonNullable<SagaOptions<Start>['isolation']>,
): Step {
  const { whenBusy, commutesAs, also } = typeof isolation === 'string' ? { whenBusy: isolation } : isolation
  // All that is about one thing meets at one lock, what tells several processes apart left aside.
  const idOf = (start: Start) => String(correlateBy(start)).split(':', 1)[0]
  const command = (context: { start: Start }) =>
    acquire({ resource: `${subject}:${idOf(context.start)}`, commutesAs }, whenBusy, also?.(context))
  return { name: 'isolation', kind: 'lock', command, compensate: null }
}

// Both stand in idempotency keys, which are printable and short.
const SAGA_NAME = /^[a-z][A-Za-z0-9]{0,63}$/
const STEP_NAME = /^(?!start$|reason$|rolledBack$|isolation$)[a-z][A-Za-z0-9]{0,63}$/

function assertOptions<Start>({ name, version, deadlineDays, subject, isolation }: SagaOptions<Start>): void {
  if (!SAGA_NAME.test(name)) throw new TypeError(`'${name}' cannot name a saga`)
  if (!Number.isInteger(version) || version < 1) throw new TypeError(`${name}: a version is a whole number from 1`)
  if (!(deadlineDays >= 1 && deadlineDays <= 3_650)) throw new TypeError(`${name}: deadlineDays is from 1 to 3,650`)
  if (isolation && !subject) throw new TypeError(`${name}: only what has a subject can be kept apart`)
}
