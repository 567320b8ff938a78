import type { z } from 'zod'

/** Something that happened, as a value: the kernel writes it to the outbox with the change itself. */
export type EventValue = { readonly type: string; readonly aggregateId: string; readonly payload: object }

/** A kind of event: called with a payload it makes a value; consumers parse what they receive by it. */
export type EventDefinition<Payload extends object> = {
  (payload: Payload): EventValue
  readonly type: string
  parse(payload: unknown): Payload
}

/**
 * Defines what others may know of a domain. `aggregate` names the payload's field that says which thing the
 * event is about: events of one aggregate keep their order. A payload has no personal field.
 */
export function defineEvent<Shape extends z.ZodObject>(definition: {
  type: `${string}.${string}`
  aggregate: keyof z.infer<Shape> & string
  payload: Shape
}): EventDefinition<z.infer<Shape>> {
  type Payload = z.infer<Shape>
  const { type, aggregate, payload: shape } = definition
  const make = (payload: Payload): EventValue => ({ type, aggregateId: String(payload[aggregate]), payload })
  return Object.assign(make, { type, parse: (payload: unknown): Payload => shape.parse(payload) })
}

/** Who caused an event: the person behind it, whatever service spoke for them. */
export type Cause = {
  readonly person: string
  readonly account: string
  readonly session: string
  readonly address: string
  readonly requestId: string
}

/** An event on its way: what the relay publishes and a consumer gets, at least once. */
export type Message = {
  readonly id: string
  readonly type: string
  readonly tenantId: string
  readonly aggregateId: string
  readonly payload: object
  readonly occurredAt: string
  readonly causedBy: Cause
  readonly traceparent: string | null
}
