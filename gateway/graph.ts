import type { IncomingHttpHeaders } from 'node:http'
import type { DocumentNode, FormattedExecutionResult, GraphQLFormattedError } from 'graphql'
import type { Feed } from './engine/feed.ts'
import type { ExecutionTrace } from './engine/run.ts'
import type { Caller } from './guards/authentication.ts'

/** What a client asks: the text as it came, and its document, which has passed the document limits. */
export type GraphQLRequest = {
  query: string
  document: DocumentNode
  operationName: string | undefined
  variables: Record<string, unknown> | undefined
}

/** What belongs to one request beside its words, and travels with it to the subgraphs. */
export type RequestContext = {
  requestId: string
  traceparent: string
  /** The `authorization` header for subgraphs: an internal token on behalf of the caller, fresh at every call. */
  authorization(): string
  /** The client's `accept` header; it chooses between the media types of GraphQL over HTTP. */
  accept: string
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal
  /** Who asks, and from where; nobody who is known, where there is no caller. */
  caller: Caller | undefined
  address: string
  /** What subgraphs are sent besides. */
  headers: Readonly<Record<string, string>>
  /** Hears the headers of each subgraph's answer. */
  returned?(headers: IncomingHttpHeaders): void
  /** Hears the data of the answer to a query or mutation; `read` reads it by the client's names, where others stand. */
  collected?(data: unknown, read: ReadData | undefined): void
  /** What a subscription keeps when it goes on on another supergraph: the events it has still to take. */
  stream?: { feed?: Feed }
  /** Members of the answer's `extensions`, asked once the data has been heard of. */
  extensions?(): Record<string, unknown> | undefined
  /** Hears which fetches a query or mutation took. */
  trace?: ExecutionTrace | undefined
}

export type ReadData = (object: Readonly<Record<string, unknown>>, key: string) => unknown

/** A finished answer as it goes over the wire. */
export type Answer = {
  status: number
  contentType: string
  body: string
  /** The errors that stand in the body. */
  errors: readonly GraphQLFormattedError[]
  /** Whether every mutation of the request was answered from a stored answer. False without a mutation. */
  replayed: boolean
  headers?: Readonly<Record<string, string>>
}

/**
 * One composed graph, loaded and ready to be asked. Doors and guards know no more of it, so that what plans and
 * executes can be replaced behind it.
 */
export type Graph = {
  /** Answers a query or a mutation. Failures of the graph are part of the answer; nothing is thrown. */
  execute(request: GraphQLRequest, context: RequestContext): Promise<Answer>
  /**
   * Starts a subscription with one root field. A request that cannot be started is answered at once by its errors.
   * When the subgraph is lost the last event says so (UNAVAILABLE, SUBSCRIPTION_LOST): the client may subscribe anew
   * from its cursor. With a `stream` that has been read before it goes on where that one stands. Whoever stops listening must call the iterator's `return`.
   */
  subscribe(
    request: GraphQLRequest,
    context: RequestContext,
  ): Promise<AsyncIterableIterator<FormattedExecutionResult> | FormattedExecutionResult>
  /** The names of its subgraphs, in the order the supergraph has them. */
  subgraphs(): readonly string[]
  /** What it holds, for its metrics. */
  holds(): GraphHoldings
  stop(): Promise<void>
}

export type GraphHoldings = {
  /** Compiled operations: how many are kept and how large they are, how often one was found, missed and let go. */
  plans: { entries: number; bytes: number; hits: number; misses: number; evictions: number }
  /** Subscriptions of clients, and those at subgraphs that feed them. */
  subscriptions: { clients: number; subgraphs: number }
}
