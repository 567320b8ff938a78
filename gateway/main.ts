import cluster from 'node:cluster'
import process from 'node:process'
import { ConfigError, type Environment, type Running, runProcess } from '@steinmetz/kernel/config'
import { type HealthOptions, healthHandler, startHealthServer } from '@steinmetz/kernel/health'
import { createLog, createMetrics, createTracing, type Log, type Tracing } from '@steinmetz/kernel/telemetry'
import { Agent } from 'undici'
import { type Config, gatewayConfig } from './config.ts'
import { createGraphiqlDoor } from './doors/graphiql.ts'
import { createHttpDoor } from './doors/http.ts'
import { type Listener, listen, type Routes } from './doors/listener.ts'
import { asksForOurProtocol, createSubscriptionDoor } from './doors/subscriptions.ts'
import { createEngineGraph } from './engine/engineGraph.ts'
import { startOpen } from './engine/open.ts'
import type { Graph } from './graph.ts'
import { graphMetrics } from './graphMetrics.ts'
import { type Guards, setUpGuards } from './guards/setUp.ts'
import { createLiveGraph, type LiveGraph } from './liveGraph.ts'
import { platformChecks } from './readiness.ts'
import type { UsageReports } from './studio/usageReports.ts'
import { SupergraphRefused } from './supergraph.ts'
import { openSupergraphSource } from './supergraphSource.ts'
import { startWorkers, workersAsked } from './workers.ts'

/**
 * Starts the gateway: the public door of the platform. Throws a ConfigError that names every mistake, also those
 * by which the supergraph does not fit the installation. Stopping ends connections in order: no more come in, answers
 * in flight are finished, WebSockets and streams of events are told to go.
 */
export async function start(env: Environment): Promise<Running> {
  const config = gatewayConfig(env)
  const log = createLog({ service: 'gateway', level: config.LOG_LEVEL })
  const tracing = createTracing('gateway', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  const now = () => new Date()
  const dispatcher = new Agent({ keepAliveTimeout: 30_000, connections: 128 })
  const metrics = createMetrics('gateway')
  const guards = await setUpGuards(config, { log, metrics, now })
  const reports = await startUsageReports(config, log, now)
  const { source, graph } = await openGraph(config, loader(config, guards, reports, { log, tracing }), log).catch(
    async (error) => {
      await guards.stop()
      throw error instanceof SupergraphRefused ? new ConfigError(error.reasons) : error
    },
  )
  graphMetrics(metrics, graph.holds)
  const limits = { maxBodyBytes: config.MAX_BODY_BYTES, maxSubscriptions: config.MAX_SUBSCRIPTIONS }
  const subscriptions = createSubscriptionDoor({ graph, guards, limits, now, log })
  const stopping = new AbortController()
  const platform = [...platformChecks(config.READY_URLS, dispatcher), ...guards.checks]
  const apollo = [...source.checks, ...(reports ? [reports.check] : [])]
  const probes = {
    service: 'gateway',
    // Asked at each probe: another supergraph may have other subgraphs.
    checks: () => [...platform, ...guards.subgraphs.checks(graph.subgraphs()), ...apollo],
    ready: () => !stopping.signal.aborted,
    keepMs: 200,
  }
  // What is measured is for those who run the platform, and production's door is open to everyone.
  const health = healthHandler(config.production ? probes : { ...probes, metrics })
  const at = { host: config.HOST, port: config.PORT, timeoutMs: config.REQUEST_TIMEOUT_MS }
  const listener: Listener = await listen(at, {
    handlers: [
      (request, response) => health(request, response),
      ...pages(config, graph, guards, { log, tracing, now, stopping: stopping.signal }),
    ],
    upgrade(request, socket, head, { pathname }) {
      if (pathname !== '/graphql' || !asksForOurProtocol(request)) return false
      subscriptions.upgrade(request, socket, head)
      return true
    },
  })
  // After the door: a worker tells its first address as its own.
  const admin = await startAdmin(config, { ...probes, metrics }).catch(async (error) => {
    await listener.stop(0)
    throw error
  })
  source.follow(graph.swap)
  log.info({ url: listener.url, admin: admin?.url }, 'gateway listens')

  return {
    url: listener.url,
    async stop() {
      stopping.abort()
      await source.stop()
      await Promise.all([listener.stop(config.DRAIN_TIMEOUT_MS), subscriptions.stop(config.DRAIN_TIMEOUT_MS)])
      await graph.stop()
      await Promise.all([dispatcher.close(), guards.stop(), reports?.stop(), admin?.stop()])
      await tracing.stop()
      log.info('gateway stopped')
    },
  }
}

/** Throws a ConfigError that names every mistake of an environment. */
export function check(env: Environment): void {
  gatewayConfig(env)
}

/** Tells Apollo Studio of what is asked, where that is configured; its code is loaded there alone. */
async function startUsageReports({ apollo }: Config, log: Log, now: () => Date): Promise<UsageReports | undefined> {
  if (!apollo?.reportsUsage) return undefined
  const { usageReports } = await import('./studio/usageReports.ts')
  log.info({ graphRef: apollo.graphRef, traceShare: apollo.traceShare }, 'usage is reported to Apollo Studio')
  return usageReports({ ...apollo, log, now })
}

async function startAdmin(
  { ADMIN_HOST: host, ADMIN_PORT: port }: Config,
  options: HealthOptions,
): Promise<Running | undefined> {
  return port === undefined ? undefined : startHealthServer({ host, port }, options)
}

/** Serves the supergraph of the source that is configured, or what the source has instead of one that is refused. */
async function openGraph(config: Config, load: Load, log: Log) {
  const source = await openSupergraphSource(config, log, () => new Date())
  const begin = async (): Promise<LiveGraph> => {
    try {
      return await createLiveGraph(load, source.sdl, log)
    } catch (error) {
      const other = await source.instead?.(error)
      if (other === undefined) throw error
      return await createLiveGraph(load, other, log)
    }
  }
  const graph = await begin().catch(async (error) => {
    await source.stop()
    throw error
  })
  return { source, graph }
}

type Load = Parameters<typeof createLiveGraph>[0]

/** Loads supergraphs with the guards before them; each takes over what the one before it has learnt. */
function loader(
  config: Config,
  guards: Guards,
  reports: UsageReports | undefined,
  { log, tracing }: { log: Log; tracing: Tracing },
) {
  const {
    production,
    SUBGRAPH_URLS: subgraphUrls,
    OVERRIDE_LABELS: overrideLabels,
    JOIN_EQUAL_QUERIES: joinTwins,
  } = config
  const timeoutMs = (service: string) => config.SUBGRAPH_TIMEOUTS_MS[service] ?? config.SUBGRAPH_TIMEOUT_MS
  const resumeForMs = config.SUBSCRIPTION_RESUME_MS
  const transport = { timeoutMs, log, tracing, policies: guards.subgraphs, resumeForMs }
  const unguarded = new WeakMap<Graph, Graph>()
  return async (sdl: string, before?: Graph): Promise<Graph> => {
    const previous = before && unguarded.get(before)
    const graph = await createEngineGraph(sdl, {
      subgraphUrls,
      transport,
      production,
      overrideLabels,
      joinTwins,
      previous,
    })
    const guarded = guards.graph(graph, sdl)
    const outer = (await reports?.graph(guarded, { sdl, schema: graph.schema })) ?? guarded
    unguarded.set(outer, graph)
    return outer
  }
}

function pages(
  config: Config,
  graph: Graph,
  guards: Guards,
  { log, tracing, now, stopping }: { log: Log; tracing: Tracing; now: () => Date; stopping: AbortSignal },
): Routes['handlers'] {
  const answer = createHttpDoor({
    graph,
    guards,
    limits: {
      maxBodyBytes: config.MAX_BODY_BYTES,
      maxBatch: config.MAX_BATCH,
      timeoutMs: config.REQUEST_TIMEOUT_MS,
    },
    corsOrigins: config.CORS_ORIGINS,
    compressFromBytes: config.COMPRESS_FROM_BYTES,
    openSchema: !config.production,
    stopping,
    now,
    log,
    tracing,
  })
  const graphql: Routes['handlers'][number] = (request, response, url) => {
    if (url.pathname !== '/graphql') return false
    void answer(request, response, url)
    return true
  }
  return config.production ? [graphql] : [graphql, createGraphiqlDoor(config.DEVELOPMENT_TOKENS, log)]
}

/** `--open` serves any supergraph for a trial and needs nothing of what `start` is configured with. */
function launch(env: Environment): Promise<Running> {
  const args = process.argv.slice(2)
  const workers = cluster.isPrimary ? workersAsked(args) : 0
  if (workers > 0) return startWorkers(workers)
  return args.includes('--open') ? startOpen(args, env) : start(env)
}

if (import.meta.main) await runProcess(launch)
