import type { Cause } from '@steinmetz/kernel/outbox'

/**
 * A mutation of one subgraph as a value: a step of a saga returns it, the engine sends it. `Answer` is what
 * the mutation's payload will hold; it exists for the types alone.
 */
export type Command<Answer> = {
  readonly subgraph: string
  readonly mutation: string
  readonly input: object
} & { readonly __answer?: Answer; readonly outside?: never }

/**
 * A call to a system outside as a value, `subgraph` being the name of the system. It goes by an adapter and can be
 * asked about by its reference, so only the steps made for that take it. The mark is data: it is published, stored
 * and sent with the rest.
 */
export type External<Answer> = {
  readonly subgraph: string
  readonly mutation: string
  readonly input: object
  readonly outside: true
} & { readonly __answer?: Answer }

/** Whatever a step may send. */
export type AnyCommand = Command<unknown> | External<unknown>

/** Makes a call to a system outside: what an adapter's commands.ts offers to sagas is made by this. */
export function external<Answer>(system: string, operation: string, input: object): External<Answer> {
  return { subgraph: system, mutation: operation, input, outside: true }
}

/** What later steps may read of the answer to a command. */
export type AnswerOf<Sent> = Sent extends { readonly __answer?: infer Answer } ? Exclude<Answer, undefined> : never

/** One command on its way, with all that the receiver needs to do it at most once. */
export type Envelope = {
  readonly command: AnyCommand
  readonly idempotencyKey: string
  /** For a compensation: the key of the command it undoes. */
  readonly forwardKey: string | null
  /** Whether it may have been sent before, and so may have been done. */
  readonly inDoubt: boolean
  readonly tenantId: string
  /** Who began the saga: every command of it is sent on behalf of this person. */
  readonly onBehalfOf: Cause
  readonly traceparent: string | null
}

/**
 * What became of a command, sorted by who must act next.
 *
 * - `done`: it was done, now or earlier under the same key.
 * - `refused`: the business said no; the same key will be refused alike for ever.
 * - `inDoubt`: it may or may not have been done. Only asking again, same command, same key, can tell.
 * - `halted`: a conflict or a bug; asking again would not help before a person has looked at it.
 */
export type Outcome =
  | { readonly kind: 'done'; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'inDoubt'; readonly code: string; readonly message: string }
  | { readonly kind: 'halted'; readonly code: string; readonly message: string }

/** Sends a command and tells what became of it. Never throws: what it cannot tell is `inDoubt`. */
export type Send = (envelope: Envelope) => Promise<Outcome>
