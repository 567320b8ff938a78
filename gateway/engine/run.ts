import type { FetchNode, FetchPlan } from './fetchPlan.ts'
import type { Json, JsonObject } from './json.ts'
import type { ResponsePath } from './responsePath.ts'

/** An error as the response carries it. */
export type ResponseError = {
  message: string
  path?: ResponsePath
  locations?: readonly { line: number; column: number }[]
  extensions?: { code?: string; reason?: string; serviceName?: string; [key: string]: unknown }
}

/** What a subgraph sent back. */
export type SubgraphAnswer = { status: number; text: string }

/** Sends one GraphQL request, as JSON text, to a subgraph. Rejects with a `SubgraphFailure`. */
export type Send = (service: string, body: string) => Promise<SubgraphAnswer>

/** A subgraph that gave no answer; `message` is fit for a client, `reason` tells which way it failed. */
export class SubgraphFailure extends Error {
  override name = 'SubgraphFailure'
  readonly reason: string
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

/** An entity the request has asked for: once answered, every place that asks the same gets it. */
export type EntityRecord = {
  entity: JsonObject | null
  errors: ResponseError[] | undefined
  pending: Promise<void> | undefined
}

/** Something wrong with the collected data, found while writing it. */
export type Problem = {
  message: string
  path: (string | number)[]
  /** A missing value, which an error of the subgraph may already explain. */
  isNull: boolean
  code?: string
}

/** Hears how an operation is executed, where somebody wants to know. */
export type ExecutionTrace = {
  /** The fetches that `sent` will name are those of this plan. */
  planned(plan: FetchPlan): void
  /** A fetch is sent. What it gives is called once, with the `extensions` of the answer, where one came with any. */
  sent(fetch: FetchNode): (extensions?: Json) => void
}

/** One execution of a compiled operation. */
export type Run = {
  /** Variables as the client sent them: what subgraphs get. */
  variables: Readonly<Record<string, Json | undefined>>
  /** Variables with defaults applied: what `@skip` and `@include` read. */
  coerced: Readonly<Record<string, unknown>>
  data: JsonObject
  errors: ResponseError[]
  problems: Problem[]
  /** Entities by fetch, then by representation. Absent where sharing would be wrong, as in mutations. */
  entities: Map<string, Map<string, EntityRecord>> | undefined
  /** The objects that fetches were to complete. Absent where no two fetches are under way at once. */
  collected: Set<JsonObject> | undefined
  /** Whether answers were read whose objects stand in them several times. */
  sharesText: boolean
  /** Text already written, by writer, then by object. */
  written: (Map<JsonObject, string> | undefined)[]
  send: Send
  trace: ExecutionTrace | undefined
}
