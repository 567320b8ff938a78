import type { z } from 'zod'
import type { Approval } from '../attestation/index.ts'
import type { Change } from '../audit/index.ts'
import type { Identity } from '../auth/index.ts'
import type { EventValue } from '../outbox/index.ts'

/** What a command may use besides its input. Its clock and its ids are these, so that tests can set them. */
export type CommandContext<Client, Tools = unknown> = {
  /** The domain's Prisma client inside the command's transaction: one tenant's rows, nothing else. */
  readonly tx: Client
  readonly now: Date
  readonly identity: Identity
  /** A new id, ordered by time (UUID version 7). */
  readonly newId: () => string
  /** Checks a signed approval, offline. Refuses with APPROVAL_INVALID. */
  readonly verifyApproval: (attestation: string, expected: { policy: string; subjectId: string }) => Approval
  /** In a compensation: whether the command it undoes was done. False: there is nothing to undo. */
  readonly forwardDone: boolean
  /** What else the domain's commands may use; it does no I/O. */
  readonly tools: Tools
}

/**
 * A payload as a command gives it: where the schema has an entity, its row or just its id. Only ids,
 * versions and plain values are stored; the rest is resolved afresh for whoever asks, replays included.
 */
export type References<Payload> = {
  readonly [Field in Exclude<keyof Payload, '__typename'>]: NonNullable<Payload[Field]> extends { id: string }
    ? { readonly id: string } | Extract<Payload[Field], null>
    : Payload[Field]
}

/** What a command did, as values: the kernel writes audit, outbox and answer from them. */
export type Outcome<Payload> =
  | {
      readonly payload: References<Payload>
      readonly changes: readonly [Change, ...Change[]]
      readonly events?: readonly EventValue[]
    }
  | Unchanged<Payload>

/** The outcome of a command that rightly changes nothing, made by `unchanged()`. */
export type Unchanged<Payload> = {
  readonly payload: References<Payload>
  readonly changes: readonly []
  readonly unchanged: true
}

/** Says that a command rightly changes nothing, such as closing what was never opened. */
export function unchanged<Payload>(payload: References<Payload>): Unchanged<Payload> {
  return { payload, changes: [], unchanged: true }
}

/** One mutation. `execute` loads, asks the domain for its decision, saves, and says what happened. */
export type Command<Client, Input, Payload, Tools = unknown> = {
  /** The mutation's name in the schema. */
  readonly name: string
  /** The scope a caller needs, or those of which one is enough; anyone else is refused before anything is read. */
  readonly scope: string | readonly string[]
  /** For a saga's compensation: the mutation it undoes, whose key comes as `forwardKey`. */
  readonly compensates?: string
  /** What the schema's types cannot say of the input. A mistake is refused with INVALID_INPUT. */
  readonly check?: z.ZodType
  execute(input: Input, context: CommandContext<Client, Tools>): Promise<Outcome<Payload>>
}

/** A command of any input, as the wiring lists it. */
export type AnyCommand<Client, Tools = unknown> = Omit<Command<Client, never, never, Tools>, 'execute'> & {
  execute(input: never, context: CommandContext<Client, Tools>): Promise<AnyOutcome>
}

export type AnyOutcome = {
  readonly payload: object
  readonly changes: readonly Change[]
  readonly events?: readonly EventValue[]
}

/** Binds `command()` to a domain: its Prisma client, and what its commands may use besides. */
export function commandOf<Client, Tools = unknown>() {
  return <Input, Payload>(definition: Command<Client, Input, Payload, Tools>) => definition
}
