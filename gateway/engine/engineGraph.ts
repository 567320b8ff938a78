import { createHash } from 'node:crypto'
import type { Log, Tracing } from '@steinmetz/kernel/telemetry'
import {
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
} from 'graphql'
import type { Answer, Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import type { SubgraphPolicies } from '../guards/subgraphPolicies.ts'
import { routeSupergraph, SupergraphRefused } from '../supergraph.ts'
import { clientFeeds, NothingToGoOnFrom } from './clientFeeds.ts'
import { createEngine, type Engine, type EngineRequest, type GuardedCall } from './engine.ts'
import type { Reply } from './execute.ts'
import { acceptedType, statusOf } from './overHttp.ts'
import { startPlannerThread } from './plannerThread.ts'
import { presentError } from './presentError.ts'
import { type ResponseError, type SubgraphAnswer, SubgraphFailure } from './run.ts'
import { type SharedUpstreams, sharedUpstreams } from './sharedUpstreams.ts'
import { createTransport, type Transport } from './transport.ts'

/** How subgraphs are reached: how long one call may take, and where calls are told of. */
export type Reach = {
  timeoutMs: number | ((service: string) => number)
  log: Log
  tracing: Tracing
  policies?: Pick<SubgraphPolicies, 'run'>
  /** How long a subscription whose subgraph went away is tried to be taken up again. Default 30 000. */
  resumeForMs?: number
}

export type EngineGraphOptions = {
  subgraphUrls: Readonly<Record<string, string>>
  transport: Reach
  production: boolean
  /** Joins equal queries of one caller to a subgraph that are under way at the same time. Default false. */
  joinTwins?: boolean | undefined
  /** Labels of progressive `@override` that are on. */
  overrideLabels?: readonly string[] | undefined
  /** The graph this one is to replace: what it is asked most is prepared before anyone waits for it. */
  previous?: Graph | undefined
}

/** How many operations are prepared for a graph that replaces another. */
const warmedOperations = 200

/** Connections outlive the graph they were opened for: a request or subscription in flight still needs them. */
type Connections = { transport: Transport; upstreams: SharedUpstreams; graphs: number }
const generations = new WeakMap<Graph, { engine: Engine<Call>; connections: Connections }>()

/** One client request on its way: what it is, and how its mutations were answered. */
type Call = { request: RequestContext; mutates: boolean; replays: boolean[] }

/** A graph, and the schema its clients see. */
export type EngineGraph = Graph & { schema: GraphQLSchema }

/** Loads a supergraph to be planned and executed by our engine. Throws SupergraphRefused with the reasons. */
export async function createEngineGraph(sdl: string, options: EngineGraphOptions): Promise<EngineGraph> {
  const { subgraphUrls, transport, previous } = options
  const routed = routeSupergraph(sdl, subgraphUrls)
  const urls = new Map(routed.subgraphs.map(({ name, url }) => [name, url]))
  const before = previous && generations.get(previous)
  const connections = before?.connections ?? {
    transport: createTransport(),
    upstreams: sharedUpstreams(),
    graphs: 0,
  }
  const engine = await load(routed.sdl, options, connections.transport)
  connections.graphs += 1
  const { upstreams } = connections
  const { log, resumeForMs = 30_000 } = transport
  const feed = clientFeeds({ upstreams, urlOf: (service) => urls.get(service) ?? '', log, resumeForMs })

  await engine.warm(before?.engine.hottest(warmedOperations) ?? [])
  const graph: EngineGraph = {
    schema: engine.schema,
    execute: (request, context) => answer(engine, request, context),
    async subscribe(request, context) {
      const call: Call = { request: context, mutates: false, replays: [] }
      try {
        const started = await engine.subscribe(requestOf(request, call), feed(context))
        return 'refused' in started ? JSON.parse(started.body) : parsed(started)
      } catch (error) {
        if (error instanceof NothingToGoOnFrom) return supergraphChanged
        throw error
      }
    },
    subgraphs: () => [...urls.keys()],
    holds: () => ({ plans: engine.cache(), subscriptions: upstreams.count() }),
    async stop() {
      connections.graphs -= 1
      if (connections.graphs === 0) {
        connections.upstreams.stop()
        await connections.transport.stop()
      }
      await engine.stop()
    },
  }
  generations.set(graph, { engine, connections })
  return graph
}

const supergraphChanged: FormattedExecutionResult = {
  errors: [
    new GraphQLError('The graph has changed where this subscription comes from; subscribe again', {
      extensions: { code: 'UNAVAILABLE', reason: 'SUPERGRAPH_CHANGED' },
    }).toJSON(),
  ],
}

async function load(
  supergraphSdl: string,
  { transport, production, joinTwins, overrideLabels = [] }: EngineGraphOptions,
  connections: Transport,
): Promise<Engine<Call>> {
  const planner = await startPlannerThread(supergraphSdl).catch((error: unknown) => {
    throw new SupergraphRefused([error instanceof Error ? error.message : String(error)])
  })
  return createEngine<Call>({
    planner,
    transport: connections,
    timeoutMs: transport.timeoutMs,
    hideSuggestions: production,
    joinTwins,
    overrides: { on: overrideLabels, draw: ({ request }) => numberOf(request.caller?.account ?? request.address) },
    rules: production ? [NoSchemaIntrospectionCustomRule] : [],
    mask: (error) => presentError(error as Parameters<typeof presentError>[0], production) as ResponseError,
    headers: (_service, { request }) => ({
      ...request.headers,
      accept: 'application/graphql-response+json, application/json',
      authorization: request.authorization(),
      'x-request-id': request.requestId,
    }),
    guard: (guarded) => traced(guarded, transport),
    received: (_service, headers, { request, mutates, replays }) => {
      request.returned?.(headers)
      if (mutates) replays.push(headers['idempotent-replayed'] === 'true')
    },
  })
}

/** A number from 0 to below 100 that stays the same for a caller. */
const numberOf = (caller: string): number =>
  (createHash('sha256').update(caller).digest().readUInt32BE() / 2 ** 32) * 100

/** Sends a call as a span of its own, and tells the log why it failed; the client learns less. */
async function traced(
  { service, url, kind, context, send }: GuardedCall<Call>,
  { tracing, log, policies = unguarded }: Reach,
): Promise<SubgraphAnswer> {
  const span = { kind: 'client', parent: context.request.traceparent } as const
  try {
    return await tracing.span(`fetch ${service}`, span, async (traceparent) => {
      const call = { service, kind, signal: context.request.signal, send: () => send({ traceparent }) }
      const answer = await policies.run(call)
      // Our own token was refused, which no client can mend: keys or clocks of this installation disagree.
      if (answer.status === 401)
        throw new SubgraphFailure('SUBGRAPH_REFUSES_GATEWAY', `${service} does not accept the gateway`)
      return answer
    })
  } catch (error) {
    log.warn(
      { subgraph: service, url, err: error instanceof SubgraphFailure ? (error.cause ?? error) : error },
      'subgraph failed',
    )
    throw error
  }
}

const unguarded: Pick<SubgraphPolicies, 'run'> = { run: ({ send }) => send() }

function requestOf({ query, operationName, variables }: GraphQLRequest, call: Call): EngineRequest<Call> {
  const { signal, collected, extensions, trace } = call.request
  return { query, operationName, variables, context: call, signal, collected, extensions, trace }
}

async function answer(engine: Engine<Call>, request: GraphQLRequest, context: RequestContext): Promise<Answer> {
  const mutates = request.document.definitions.some(
    (definition) => definition.kind === 'OperationDefinition' && definition.operation === 'mutation',
  )
  const call: Call = { request: context, mutates, replays: [] }
  const type = acceptedType(context.accept) ?? 'application/json'
  const reply = await engine.execute(requestOf(request, call))
  return {
    status: statusOf(reply.refused, type),
    contentType: `${type}; charset=utf-8`,
    body: reply.body,
    errors: reply.errors,
    replayed: call.replays.length > 0 && call.replays.every(Boolean),
  }
}

/** Not a generator: its `return` would wait for the event under way, which may never come. */
function parsed(replies: AsyncIterableIterator<Reply>): AsyncIterableIterator<FormattedExecutionResult> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const reply = await replies.next()
      return reply.done ? reply : { done: false, value: JSON.parse(reply.value.body) }
    },
    async return() {
      await replies.return?.()
      return { done: true, value: undefined }
    },
  }
}
