import type { IncomingHttpHeaders } from 'node:http'
import type { GraphQLSchema, ValidationRule } from 'graphql'
import { type Collected, type Execution, execute, type Mask, type Reply, refuse, startRun } from './execute.ts'
import { inFlightTwins } from './inFlightTwins.ts'
import { type Operation, type OperationRequest, type Prepared, prepareOperation } from './operation.ts'
import { labelsOn } from './overrideLabels.ts'
import { type CacheCounts, createPlanCache } from './planCache.ts'
import { openPlanner } from './planner.ts'
import { requestError } from './requestErrors.ts'
import { type ExecutionTrace, type ResponseError, type Send, type SubgraphAnswer, SubgraphFailure } from './run.ts'
import { type OpenEvents, subscribeTo } from './subscribe.ts'
import { loadSupergraph, type PlannerHandle } from './supergraph.ts'
import { createTransport, type Transport } from './transport.ts'

/** What the doors and guards hang on the engine. `Context` is theirs: the engine hands it back untouched. */
export type EngineOptions<Context> = {
  /** Makes the plans; `openPlannerHere` in this thread, `startPlannerThread` in one of its own. */
  planner: PlannerHandle
  /** URL by subgraph, where it is not the supergraph's own. */
  urls?: Readonly<Record<string, string>> | undefined
  /** Headers of a subgraph request besides its content type: token, trace, what is passed on. */
  headers?: ((service: string, context: Context) => Readonly<Record<string, string>>) | undefined
  /** Sees the headers of every subgraph answer. */
  received?: ((service: string, headers: IncomingHttpHeaders, context: Context) => void) | undefined
  /** Runs a call under what its subgraph is guarded by: span, breaker, retry. */
  guard?: ((call: GuardedCall<Context>) => Promise<SubgraphAnswer>) | undefined
  mask?: Mask | undefined
  /** Milliseconds a subgraph has for one answer. Default 30 000. */
  timeoutMs?: number | ((service: string) => number) | undefined
  /** Rules an operation must pass besides the specification's. */
  rules?: readonly ValidationRule[] | undefined
  hideSuggestions?: boolean | undefined
  /** Default 15 000. */
  maxTokens?: number | undefined
  /** Bytes of compiled operations kept. Default 64 MiB. */
  cacheBytes?: number | undefined
  /**
   * Joins equal subgraph queries of equal identity that are under way at the same time; identity is all headers but
   * those that number a request. Off by default: a caller could be given a read that began before its own mutation
   * was committed.
   */
  joinTwins?: boolean | undefined
  /**
   * Labels of progressive `@override`: those that are on by name, and the number of a request, from 0 to below 100, by
   * which `percent(n)` is on for n of a hundred. Without it only those a request itself names.
   */
  overrides?: { on: readonly string[]; draw(context: Context): number } | undefined
  /** Who passes a transport stops it. */
  transport?: Transport | undefined
}

/** A call about to be sent; `send` may add headers, and may be used again where a retry is in order. */
export type GuardedCall<Context> = {
  service: string
  url: string
  kind: 'query' | 'mutation'
  context: Context
  send(headers?: Readonly<Record<string, string>>): Promise<SubgraphAnswer>
}

export type EngineRequest<Context> = OperationRequest & {
  variables?: Readonly<Record<string, unknown>> | undefined
  context: Context
  /** Aborts what is under way for the request. */
  signal?: AbortSignal | undefined
  collected?: Collected | undefined
  extensions?: (() => Record<string, unknown> | undefined) | undefined
  trace?: ExecutionTrace | undefined
}

export type Engine<Context> = {
  /** The schema clients see. */
  schema: GraphQLSchema
  /** The compiled form of a request, from the cache where it is known. */
  prepare(request: OperationRequest): Promise<Prepared>
  /** Executes a query or a mutation. Never rejects for what a client or a subgraph did. */
  execute(request: EngineRequest<Context>): Promise<Reply>
  /**
   * Runs a subscription whose stream `open` provides, or refuses it. Whoever stops listening must call the
   * iterator's `return`. A query or mutation gives one reply and ends.
   */
  subscribe(request: EngineRequest<Context>, open: OpenEvents): Promise<Reply | AsyncIterableIterator<Reply>>
  cache(): CacheCounts
  /** The operations executed last, at most `count`, the latest last. */
  hottest(count: number): OperationRequest[]
  /** Prepares operations before anyone asks for them. What cannot be prepared is left out. */
  warm(requests: readonly OperationRequest[]): Promise<void>
  stop(): Promise<void>
}

const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' }

export function createEngine<Context>(options: EngineOptions<Context>): Engine<Context> {
  const transport = options.transport ?? createTransport()
  const supergraph = loadSupergraph(options.planner)
  const cache = createPlanCache<Cached>(options.cacheBytes ?? 64 * 2 ** 20)
  const { maxTokens = 15_000, hideSuggestions = false, rules = [], mask } = options
  const send = createSend(options, transport, (service) => options.urls?.[service] ?? supergraph.services.get(service))

  const { overrides } = options
  const labels = overrides && labelsOn(supergraph.overrideLabels, new Set(overrides.on))
  const labelled = (request: EngineRequest<Context>): OperationRequest => {
    const on = request.overrides ? undefined : labels?.(() => overrides?.draw(request.context) ?? 0)
    return on ? { ...request, overrides: on } : request
  }

  const prepare = (request: OperationRequest): Prepared | Promise<Prepared> => {
    const key = cacheKey(request)
    const known = cache.get(key)
    if (known) return known.prepared
    const asked = { query: request.query, operationName: request.operationName, overrides: request.overrides }
    const preparing = prepareOperation(request, supergraph, { maxTokens, hideSuggestions, rules })
    cache.set(key, { asked, prepared: preparing }, request.query.length * 2)
    preparing.then(
      (prepared) => cache.set(key, { asked, prepared }, prepared.operation?.bytes ?? request.query.length * 2 + 1_000),
      () => cache.delete(key),
    )
    return preparing
  }

  const refused = (errors: readonly ResponseError[]): Reply => refuse(mask ? errors.map(mask) : errors)
  const executionOf = (operation: Operation, request: EngineRequest<Context>): Execution => ({
    operation,
    schema: supergraph.schema,
    variables: request.variables,
    mask,
    collected: request.collected,
    extensions: request.extensions,
    trace: request.trace,
    send: send(operation.kind === 'mutation', request),
  })

  return {
    schema: supergraph.schema,
    async prepare(request) {
      return prepare(request)
    },
    async execute(request) {
      const found = prepare(labelled(request))
      const prepared = found instanceof Promise ? await found : found
      if (prepared.errors) return refused(prepared.errors)
      if (prepared.operation.events) return refused([notHere])
      return execute(executionOf(prepared.operation, request))
    },
    async subscribe(request, open) {
      const prepared = await prepare(labelled(request))
      if (prepared.errors) return refused(prepared.errors)
      const { operation } = prepared
      const execution = executionOf(operation, request)
      if (!operation.events) return execute(execution)
      const run = startRun(execution)
      return 'refused' in run ? run : subscribeTo(execution, operation.events, open)
    },
    cache: cache.counts,
    hottest: (count) =>
      cache
        .values()
        .filter(isUsable)
        .map(({ asked }) => asked)
        .slice(-count),
    async warm(requests) {
      for (const request of requests) await prepare(request)
    },
    async stop() {
      if (!options.transport) await transport.stop()
      await options.planner.stop()
    },
  }
}

/** An entry of the cache: what was asked, and what became of it. */
type Cached = { asked: OperationRequest; prepared: Prepared | Promise<Prepared> }

const isUsable = ({ prepared }: Cached) => !(prepared instanceof Promise) && prepared.operation !== undefined

const notHere = requestError('BAD_USER_INPUT', 'a subscription needs a door that streams')

/** A planner in this thread, for trials and tests. Throws, with the reasons, for what is no supergraph. */
export function openPlannerHere(supergraphSdl: string): PlannerHandle {
  const { facts, plan } = openPlanner(supergraphSdl)
  return { facts, plan, stop: async () => undefined }
}

/**
 * The raw text is the key: whoever sends it again pays neither for parsing nor for normalising it. A name is
 * parted from it by what no document has, or one that begins as a comment could pass for another's first line.
 */
function cacheKey({ query, operationName, overrides }: OperationRequest): string {
  const name = operationName ? `${operationName}\0${query}` : query
  return overrides?.length ? `${overrides.toSorted().join()}\0\0${name}` : name
}

type SendFor<Context> = (mutates: boolean, request: EngineRequest<Context>) => Send

/** Sends a run's fetches with the headers, the time limit and the policies of their subgraphs. */
function createSend<Context>(
  { headers, received, guard, timeoutMs = 30_000, joinTwins }: EngineOptions<Context>,
  transport: Transport,
  urlOf: (service: string) => string | undefined,
): SendFor<Context> {
  const join = inFlightTwins()
  return (mutates, { context, signal }) =>
    (service, body) => {
      const url = urlOf(service)
      if (!url) throw new SubgraphFailure('SUBGRAPH_UNREACHABLE', `subgraph "${service}" has no address`)
      const added = headers?.(service, context)
      const own = added ? { ...jsonHeaders, ...added } : jsonHeaders
      const joins = joinTwins && !mutates
      const call = async (more?: Readonly<Record<string, string>>): Promise<SubgraphAnswer> => {
        const answer = await transport.send({
          service,
          url,
          body,
          headers: more ? { ...own, ...more } : own,
          timeoutMs: typeof timeoutMs === 'number' ? timeoutMs : timeoutMs(service),
          // Who joined a call goes on waiting when the one that sent it is gone.
          signal: joins ? undefined : signal,
        })
        received?.(service, answer.headers, context)
        return answer
      }
      const kind = mutates ? 'mutation' : 'query'
      const guarded = guard ? () => guard({ service, url, kind, context, send: call }) : call
      return joins ? join(JSON.stringify([url, identityOf(added), body]), guarded) : guarded()
    }
}

/** What of a call's headers says who asks, and for what kind of answer. */
function identityOf(headers: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> {
  const { 'x-request-id': _request, traceparent: _span, tracestate: _trace, ...identity } = headers ?? {}
  return identity
}
