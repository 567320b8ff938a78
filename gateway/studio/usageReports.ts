import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type {
  GraphQLRequestContextDidResolveOperation,
  GraphQLRequestContextWillSendResponse,
  GraphQLRequestListener,
} from '@apollo/server'
import { ApolloServerPluginUsageReporting } from '@apollo/server/plugin/usageReporting'
import { fault } from '@steinmetz/kernel/errors'
import type { Check } from '@steinmetz/kernel/health'
import type { Log } from '@steinmetz/kernel/telemetry'
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import type { Answer, Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import { operationOf } from '../guards/documentLimits.ts'
import { clientOf } from '../guards/passedHeaders.ts'
import { type FetchTraces, fetchTraces, traceRequest } from './fetchTraces.ts'
import { libraryLog, type Outage, outage } from './outage.ts'

export type UsageReportsOptions = {
  key: string
  graphRef: string
  /** The share of requests whose subgraphs are asked what each of their fields took. */
  traceShare: number
  /** Where reports are sent, without the path. Default: Apollo's. */
  ingressUrl?: string | undefined
  /** How often. Default 10 000. */
  intervalMs?: number
  log: Log
  now: () => Date
}

export type UsageReports = {
  /** The same graph, whose queries and mutations are reported as those of the supergraph `sdl`. */
  graph(graph: Graph, of: Reported): Promise<Graph>
  check: Check
  /** Sends what has not been sent yet. */
  stop(): Promise<void>
}

type Reported = { sdl: string; schema: GraphQLSchema }

/**
 * Reports operations to Apollo Studio: their signatures, how long they took and how they ended, by whom (the program,
 * not the person), and of some of them which fetches they took. What it sends has no variable, no literal of a
 * document, no header and no word of an error. Apollo Server's own plugin does the counting and the sending; here it
 * hears of each request what it would hear in Apollo Server, in the same order.
 */
export function usageReports(options: UsageReportsOptions): UsageReports {
  const ingress = outage({ log: options.log, now: options.now, secret: options.key }, 'usage is not reported')
  const closing = new Set<Promise<void>>()
  return {
    async graph(graph, of) {
      const reporter = await createReporter(options, of, ingress)
      return {
        // Apollo Server's reports know no subscriptions: these are begun past them.
        ...graph,
        execute: (request, context) => reporter.execute(graph, request, context),
        async stop() {
          // Not waited for: requests in flight may take long, and the next supergraph must not wait for them.
          const closed = reporter.close().finally(() => closing.delete(closed))
          closing.add(closed)
          await graph.stop()
        },
      }
    },
    check: {
      name: 'apollo-usage-reporting',
      required: false,
      async check() {
        const why = ingress.why()
        if (why) throw fault('USAGE_NOT_REPORTED', `Apollo takes no reports ${why}`)
      },
    },
    async stop() {
      await Promise.all(closing)
    },
  }
}

/** The program that asks, as the plugin has it. */
type Client = { clientName?: string | undefined; clientVersion?: string | undefined }
type Heard = GraphQLRequestContextDidResolveOperation<Client> & GraphQLRequestContextWillSendResponse<Client>
type Listener = GraphQLRequestListener<Client>

/** Two attempts, so that a stop waits for a silent ingress no longer than for requests in flight. */
const sending = { requestTimeoutMs: 4_000, maxAttempts: 2 }

async function createReporter(options: UsageReportsOptions, { sdl, schema }: Reported, ingress: Outage) {
  const { key, graphRef, log, now } = options
  const logger = libraryLog(log, key)
  const plugin = createPlugin(options, sdl, ingress)
  const apollo = { key, graphRef }
  const server = await plugin.serverWillStart?.({ logger, schema, apollo, startedInBackground: false, cache: noCache })
  const inFlight = countInFlight()
  return {
    async execute(graph: Graph, request: GraphQLRequest, context: RequestContext): Promise<Answer> {
      const left = inFlight.enter()
      try {
        const heard = heardOf(request, context, schema)
        const listener: Listener = (await plugin.requestDidStart?.(heard)) ?? {}
        await listener.didResolveSource?.(heard)
        await listener.didResolveOperation?.(heard)
        const traces = tracesOf(heard, now)
        const answer = await graph.execute(request, traces ? tracedBy(traces, context) : context)
        // The client does not wait for what only Apollo is told.
        void end(listener, heard, answer, traces)
          .catch((error: unknown) => logger.error(error))
          .finally(left)
        return answer
      } catch (error) {
        left()
        throw error
      }
    },
    async close() {
      await inFlight.none()
      // The plugin adds a request to its report in the turn after the one in which it heard of its end.
      await setImmediate()
      await server?.serverWillStop?.()
    },
  }
}

function createPlugin({ key, log, traceShare, ingressUrl, intervalMs }: UsageReportsOptions, sdl: string, to: Outage) {
  return ApolloServerPluginUsageReporting<Client>({
    ...sending,
    ...(ingressUrl && { endpointUrl: ingressUrl }),
    ...(intervalMs && { reportIntervalMs: intervalMs }),
    sendVariableValues: { none: true },
    sendHeaders: { none: true },
    sendErrors: { masked: true },
    fieldLevelInstrumentation: traceShare,
    // By its hash Studio knows which of the schemas it has composed was asked.
    overrideReportedSchema: sdl,
    generateClientInfo: ({ contextValue: { clientName, clientVersion } }) => ({
      ...(clientName && { clientName }),
      ...(clientVersion && { clientVersion }),
    }),
    logger: libraryLog(log, key),
    reportErrorFunction: (error) => to.failed(error.message),
    async fetcher(url, init) {
      // The key is for the address that is configured, wherever that may point.
      const response = await fetch(url, { ...(init as RequestInit), redirect: 'error' })
      if (response.ok) to.over()
      return response
    },
  })
}

/** What the plugin reads of a request, and no more: what it is not given it cannot send. */
function heardOf({ query, document, operationName }: GraphQLRequest, context: RequestContext, schema: GraphQLSchema) {
  const operation = operationOf(document, operationName)
  const { name, version } = clientOf(context.headers)
  return {
    schema,
    metrics: {},
    request: {},
    response: { body: { kind: 'single' } },
    contextValue: { clientName: name, clientVersion: version },
    source: query,
    queryHash: hash('sha256', query),
    document,
    operation,
    operationName: operation.name?.value ?? null,
    overallCachePolicy: { policyIfCacheable: () => null },
  } as unknown as Heard
}

/** Where the plugin has chosen this request to be traced. */
function tracesOf({ metrics, operation }: Heard, now: () => Date): FetchTraces | undefined {
  if (!metrics.captureTraces || !metrics.startHrTime) return undefined
  return fetchTraces(metrics.startHrTime, operation?.operation === 'mutation' ? 'Mutation' : 'Query', now)
}

function tracedBy(trace: FetchTraces, context: RequestContext): RequestContext {
  return { ...context, headers: { ...context.headers, ...traceRequest }, trace }
}

async function end(listener: Listener, heard: Heard, { errors }: Answer, traces: FetchTraces | undefined) {
  const [ofSubgraphs, own] = [errors.filter(subgraphOf), errors.filter((error) => !subgraphOf(error))]
  const isInvalid = own.some(({ extensions }) => extensions?.code === 'GRAPHQL_VALIDATION_FAILED')
  const masked = own.map(({ path }) => new GraphQLError('<masked>', { path }))
  if (isInvalid) await (await listener.validationDidStart?.(heard))?.(masked)
  const tree = traces?.tree()
  if (tree) heard.metrics.queryPlanTrace = tree
  // Those of a subgraph that answered a trace stand in the trace already.
  const untold = ofSubgraphs.filter((error) => !traces?.areErrorsTold(subgraphOf(error) ?? ''))
  heard.metrics.nonFtv1ErrorPaths = untold.map((error) => ({ subgraph: subgraphOf(error) ?? '', path: error.path }))
  const { operation, ...unresolved } = heard
  await listener.willSendResponse?.({ ...unresolved, ...(operation && !isInvalid && { operation }), errors: masked })
}

function subgraphOf({ extensions }: GraphQLFormattedError): string | undefined {
  return typeof extensions?.service === 'string' ? extensions.service : undefined
}

const noCache = { get: async () => undefined, set: async () => undefined, delete: async () => undefined }

function countInFlight() {
  let count = 0
  let whenNone = () => {}
  return {
    /** What it gives is called when the request has ended. */
    enter() {
      count += 1
      return () => {
        count -= 1
        if (count === 0) whenNone()
      }
    },
    none: () =>
      new Promise<void>((resolve) => {
        whenNone = resolve
        if (count === 0) resolve()
      }),
  }
}
