import type { PrismaPg } from '@prisma/adapter-pg'
import type { z } from 'zod'
import type { PersonalFields, Snapshot } from '../audit/index.ts'
import type { Identity } from '../auth/index.ts'
import type { AnyCommand } from '../command/index.ts'
import type { Database } from '../database/index.ts'
import type { Log, Metrics, Tracing } from '../telemetry/index.ts'

/** What a resolver may use. Reads see the rows of the caller's tenant, nothing else. */
export type Context<Client = unknown> = {
  readonly identity: Identity
  readonly traceparent: string | null
  /** Runs a query in a read-only transaction. */
  read<T>(work: (client: Client) => Promise<T>): Promise<T>
  /** One entity by its id, batched with all that the request asks for at once; null when there is none. */
  load<Row>(entity: string, id: string): Promise<Row | null>
  /** What one of the definition's batches gives for a key; null when it gives nothing. */
  batch<Value>(name: string, key: string): Promise<Value | null>
  /** Records a sensitive read in the audit trail before its result is given. */
  recordView(entity: string, id: string): Promise<void>
  /** An audit snapshot of this domain in plain text. What belongs to an erased person is null. */
  unseal(snapshot: Snapshot | null): Promise<Snapshot | null>
  /** Tails the domain's outbox for a subscription, as the caller's tenant. */
  readonly live: Live
  /** Runs a command for the caller. Only the kernel's mutation resolvers do. */
  run(fieldName: string, args: MutationArguments): Promise<unknown>
}

export type MutationArguments = {
  readonly idempotencyKey: string
  readonly input: object
  readonly forwardKey?: string
}

export type Live = {
  /** Events of the given types behind `after`, then those that come, until the caller stops listening. */
  events(types: readonly string[], after: string | null): AsyncGenerator<LiveEvent>
  /** Where the outbox ends now: what is read before asking for events behind it misses nothing. */
  position(): Promise<string>
  /** What the events of a type behind `after` are about, also those that are told only later. */
  aggregatesBehind(type: string, after: string): Promise<ReadonlySet<string>>
}

export type LiveEvent = { readonly cursor: string; readonly type: string; readonly payload: unknown }

/** How a field is resolved, typed at its own definition: `(parent: Row, args: Arguments, context) => …`. */
export type Resolver<Client> = (parent: never, args: never, context: Context<Client>) => unknown

export type Subscriber<Client> = {
  readonly subscribe: (parent: never, args: never, context: Context<Client>) => AsyncIterable<unknown>
}

/** Loads rows of one entity by their ids, in any order. */
export type EntityLoader<Client> = (client: Client, ids: string[]) => Promise<readonly { id: string }[]>

/** Gives what belongs to each of many keys in one query, such as the parts of many things. */
export type Batch<Client> = (client: Client, keys: string[]) => Promise<ReadonlyMap<string, unknown>>

/** A domain's graph: the wiring, as a list one can read aloud. */
export type SubgraphDefinition<Client, Tools = unknown> = {
  readonly name: string
  /** The contract, `schema.graphql`. */
  readonly schema: URL
  /** One for each mutation of the contract, and no other. */
  readonly commands: readonly AnyCommand<Client, Tools>[]
  /** Entities that others may name and mutations give, by type name. */
  readonly entities: Readonly<Record<string, EntityLoader<Client>>>
  readonly batches?: Readonly<Record<string, Batch<Client>>>
  readonly queries: Readonly<Record<string, Resolver<Client>>>
  readonly fields: Readonly<Record<string, Readonly<Record<string, Resolver<Client>>>>>
  readonly subscriptions?: Readonly<Record<string, Subscriber<Client>>>
  /** Which columns are personal, by entity, and whose. */
  readonly personal: PersonalFields
  readonly createClient: (options: { adapter: PrismaPg }) => Client
  /** What the process needs beyond the kernel's settings, and what is made of it. */
  readonly extension?: Extension<Client, Tools, z.ZodRawShape>
}

export type Extension<Client, Tools, Shape extends z.ZodRawShape> = {
  readonly settings: Shape
  start(started: {
    readonly settings: Readonly<Record<keyof Shape, unknown>>
    readonly database: Database<Client>
    readonly log: Log
    readonly metrics: Metrics
    readonly tracing: Tracing
  }): { readonly tools: Tools; readonly checks?: readonly Check[]; stop?(): Promise<void> }
}

export type Check = { readonly name: string; readonly required: boolean; check(): Promise<void> }
