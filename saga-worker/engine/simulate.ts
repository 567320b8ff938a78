import { patientRetry } from './backoff.ts'
import type { AnyCommand, Outcome } from './command.ts'
import { shapeOf } from './definition.ts'
import { currentStep, type Instance, type State, unborn } from './instance.ts'
import { applied, type Move } from './move.ts'
import type { Saga } from './saga.ts'
import { onSignal, plan } from './signal.ts'
import { begin, onLock, onOutcome } from './transition.ts'

/** One thing that a saga is told, in the order it happened. */
export type Told =
  | { readonly outcome: Outcome }
  | { readonly decision: 'APPROVED' | 'REJECTED' | 'EXPIRED' }
  /** An event says what there is to decide now, by its hash. */
  | { readonly change: string }
  | { readonly order: 'CANCEL' | 'REDRIVE' | 'SKIP' }
  | { readonly clock: 'deadline' | 'timer' }

/** What a saga was begun with and told, each command it gave in answer, and how it ended. */
export type History = {
  readonly start: object
  readonly told: readonly Told[]
  readonly commands: readonly AnyCommand[]
  readonly end: State
}

const cause = { person: 'p', account: 'a', session: 's', address: '127.0.0.1', requestId: 'simulated' }
const ended = (state: State) => state === 'COMPLETED' || state === 'COMPENSATED'
const mostTold = 200

/**
 * Runs a definition against a world of chance, with a clock that only chance moves: answers, refusals, lost
 * answers, decisions, orders, deadlines. The same seed gives the same history. What may not be refused is
 * refused too, so that an operator has something to redrive.
 */
export function simulate(saga: Saga, start: object, seed: number): History {
  const random = randomOf(seed)
  const run = running(saga, start)
  const told: Told[] = []
  while (!ended(run.state()) && told.length < mostTold) {
    const next = chance(saga, run.instance(), random)
    told.push(next)
    run.tell(next)
  }
  return { start, told, commands: run.commands, end: run.state() }
}

/** Tells a saga what it was told once, and gives what it does now. */
export function replay(
  saga: Saga,
  { start, told }: Pick<History, 'start' | 'told'>,
): Pick<History, 'commands' | 'end'> {
  const run = running(saga, start)
  for (const one of told) run.tell(one)
  return { commands: run.commands, end: run.state() }
}

function running(saga: Saga, start: object) {
  let instance = unborn(saga, start, { tenantId: cause.person, causedBy: cause, traceparent: null })
  let signals = 0
  const commands: AnyCommand[] = []
  const apply = (move: Move | null) => {
    if (!move) return
    instance = applied(instance, move, instance)
    if (move.starts) commands.push(move.starts.command)
    // Alone in its world a saga gets its locks at once.
    if (currentStep(instance)?.kind === 'lock' && instance.state === 'RUNNING') apply(onLock(saga, instance, null))
  }
  const signal = (kind: 'DECISION' | 'CHANGED' | 'CANCEL' | 'REDRIVE' | 'SKIP', payload: object) =>
    apply(onSignal(saga, instance, { id: String(++signals), kind, payload, note: 'simulated' }))
  const onClock = () => {
    const planned = plan(saga, instance, patientRetry)
    if ('move' in planned) apply(planned.move)
  }

  function tell(told: Told): void {
    if ('outcome' in told) {
      if ('send' in plan(saga, instance, patientRetry)) apply(onOutcome(saga, instance, told.outcome, 0, patientRetry))
    } else if ('change' in told) signal('CHANGED', { contentHash: told.change })
    else if ('order' in told) signal(told.order, {})
    else if ('decision' in told) {
      const step = currentStep(instance)
      const about = { ...step?.command.input, ...(step?.answer as object | null) }
      signal('DECISION', { ...about, verdict: told.decision, attestation: `proof of ${step?.name}` })
    } else {
      instance = { ...instance, ...(told.clock === 'deadline' ? { overdue: true } : { reached: true }) }
      onClock()
    }
  }

  apply(begin(saga, instance))
  return { tell, commands, instance: () => instance, state: () => instance.state }
}

/** What happens next to a saga that stands so. */
function chance(saga: Saga, instance: Instance, random: () => number): Told {
  const one = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  const step = currentStep(instance)
  if (instance.state === 'STUCK') return { order: one('REDRIVE', 'REDRIVE', 'SKIP', 'CANCEL') }
  if (random() < 0.03) return { order: 'CANCEL' }
  if (random() < 0.03) return { clock: 'deadline' }
  if (instance.state === 'WAITING' && step?.kind === 'timer') return { clock: 'timer' }
  const anew = step && saga.steps[step.seq]?.anew
  if (instance.state === 'WAITING' && anew?.changed && random() < 0.2) return { change: `content ${random()}` }
  if (instance.state === 'WAITING') return { decision: one('APPROVED', 'APPROVED', 'APPROVED', 'REJECTED', 'EXPIRED') }
  const roll = random()
  if (roll < 0.15) return { outcome: { kind: 'inDoubt', code: 'TIMED_OUT', message: 'no answer' } }
  if (roll < 0.25) return { outcome: { kind: 'refused', code: refusalOf(saga, roll), message: 'no' } }
  if (roll < 0.28) return { outcome: { kind: 'halted', code: 'CONFLICT', message: 'someone was first' } }
  const answer = { requestId: `request of ${step?.name}`, receipt: `receipt of ${step?.name}` }
  return { outcome: { kind: 'done', answer: { ...answer, ...verdicts(saga, step?.name, random) } } }
}

/** A refusal that is one, or that has an approval asked for anew where there is such an approval. */
function refusalOf(saga: Saga, roll: number): string {
  const voids = saga.steps.flatMap(({ anew }) => (anew ? [anew.refusal] : []))
  return (roll < 0.2 && voids.at(0)) || 'NO'
}

/** Yes or no to all that a later step asks an answer in order to know whether it is due. */
function verdicts(saga: Saga, name: string | undefined, random: () => number): Record<string, boolean> {
  const asked = shapeOf(saga).steps.flatMap(({ due }) => {
    const [of, field] = typeof due === 'string' ? due.slice(1).split('.') : []
    return of === name && field ? [field] : []
  })
  return Object.fromEntries(asked.map((field) => [field, random() < 0.5]))
}

/** Mulberry32: chance that repeats itself. From 0 to below 1. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
