import { createHash } from 'node:crypto'
import type { Reason, Render, Saga, Step } from './saga.ts'

/** A definition as people read and compare it: its steps, and the commands they give. */
export type Shape = {
  readonly name: string
  readonly version: number
  readonly owner: string
  readonly subject: string | null
  readonly startOn: string
  readonly correlateBy: string
  readonly deadlineDays: number
  readonly steps: readonly {
    name: string
    kind: string
    due?: unknown
    anew?: unknown
    command: unknown
    compensate: unknown
  }[]
  readonly rolledBack: unknown
}

/**
 * Renders a definition with names in the place of values: `{ employeeId: '$start.employeeId' }`. What a
 * step reads and sends shows in it, however its source is written or compiled.
 *
 * A branch is rendered one way only, so a change inside the other way does not show here: that is what the
 * recorded histories of each version are for.
 */
export function shapeOf(saga: Saga): Shape {
  const { name, version, owner, subject, deadlineDays } = saga
  const known: Record<string, unknown> = { start: symbol('$start') }
  const steps = saga.steps.map((step) => {
    const context = { ...known }
    known[step.name] = symbol(`$${step.name}`)
    const compensate = step.compensate && rendered(step.compensate, context)
    const due = step.due && { due: rendered(step.due, context) }
    const command = rendered(step.command, context)
    return { name: step.name, kind: step.kind, ...due, ...anewOf(step), command, compensate }
  })
  const reason = symbol('$reason') as unknown as Reason
  const rolledBack = saga.rolledBack && rendered(saga.rolledBack, { start: known.start, reason })
  const correlateBy = String(saga.correlateBy(known.start as never))
  return { name, version, owner, subject, startOn: saga.startOn.type, correlateBy, deadlineDays, steps, rolledBack }
}

/** Names what a definition does: two with the same hash do the same. */
export function contentHash(saga: Saga): Buffer {
  return createHash('sha256')
    .update(JSON.stringify(shapeOf(saga)))
    .digest()
}

function anewOf({ anew }: Step): { anew?: unknown } {
  if (!anew) return {}
  const { changed, ...given } = anew
  const told = changed && { changed: { on: changed.type, ...changed.as(symbol('$event') as never) } }
  return { anew: JSON.parse(JSON.stringify({ ...given, ...told })) }
}

function rendered(render: Render | NonNullable<Step['due']>, context: object): unknown {
  return JSON.parse(JSON.stringify(render(context as never)))
}

/** Stands for a value that is not known yet: any field of it is another such, as text or JSON it is its name. */
function symbol(name: string): object {
  const self = () => name
  return new Proxy(self, {
    get(_, key) {
      if (key === Symbol.toPrimitive || key === 'toString' || key === 'toJSON' || key === 'valueOf') return self
      return symbol(`${name}.${String(key)}`)
    },
  })
}
