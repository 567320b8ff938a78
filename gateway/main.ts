import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import process from 'node:process'
import { type Headers, internalTokenSigner, userTokenVerifier } from '@steinmetz/kernel/auth'
import { ConfigError, type Environment, type Running, runProcess } from '@steinmetz/kernel/config'
import { healthHandler } from '@steinmetz/kernel/health'
import { createLog, createTracing, type Log, type Tracing } from '@steinmetz/kernel/telemetry'
import { Agent } from 'undici'
import { type Config, gatewayConfig } from './config.ts'
import { createGraphiqlDoor } from './doors/graphiql.ts'
import { createHttpDoor } from './doors/http.ts'
import { type Listener, listen, type Routes } from './doors/listener.ts'
import { asksForOurProtocol, createSubscriptionDoor } from './doors/subscriptions.ts'
import { createEngineGraph } from './engine/engineGraph.ts'
import { startOpen } from './engine/open.ts'
import type { Graph } from './graph.ts'
import { addressOf, authenticate, type Caller } from './guards/authentication.ts'
import { internalTokens } from './guards/internalTokens.ts'
import { createLiveGraph } from './liveGraph.ts'
import { platformChecks } from './readiness.ts'
import { SupergraphRefused } from './supergraph.ts'
import { watchSubgraphs } from './watch.ts'

/** What a request passes before it reaches the graph: who sends it, and how it is sent on. */
type Guards = {
  authenticate(request: IncomingMessage, headers?: Headers): Promise<Caller>
  authorizationFor(caller: Caller): string
}

/**
 * Starts the gateway: the public door of the platform. Throws a ConfigError that names every mistake, also those
 * by which the supergraph does not fit the installation. Stopping ends connections in order: no more come in, answers in flight are
 * finished, WebSockets are told to go.
 */
export async function start(env: Environment): Promise<Running> {
  const config = gatewayConfig(env)
  const log = createLog({ service: 'gateway', level: config.LOG_LEVEL })
  const tracing = createTracing('gateway', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  const now = () => new Date()
  const dispatcher = new Agent({ keepAliveTimeout: 30_000, connections: 128 })
  const transport = { dispatcher, timeoutMs: config.SUBGRAPH_TIMEOUT_MS, log, tracing }
  const { production, SUBGRAPH_URLS: subgraphUrls } = config
  const load = (sdl: string, previous?: Graph) =>
    createEngineGraph(sdl, { subgraphUrls, transport, production, previous })
  const graph = await createLiveGraph(load, await readFile(config.SUPERGRAPH, 'utf8')).catch((error) => {
    throw error instanceof SupergraphRefused ? new ConfigError(error.reasons) : error
  })
  const guards = createGuards(config, now)
  const subscriptions = createSubscriptionDoor({ graph, ...guards, limits: limitsOf(config), now, log })
  const state = { stopping: false }
  const health = healthHandler({
    service: 'gateway',
    checks: platformChecks(config.READY_URLS, dispatcher),
    ready: () => !state.stopping,
    keepMs: 200,
  })
  const at = { host: config.HOST, port: config.PORT, timeoutMs: config.REQUEST_TIMEOUT_MS }
  const listener: Listener = await listen(at, {
    handlers: [(request, response) => health(request, response), ...pages(config, graph, guards, { log, tracing })],
    upgrade(request, socket, head, { pathname }) {
      if (pathname !== '/graphql' || !asksForOurProtocol(request)) return false
      subscriptions.upgrade(request, socket, head)
      return true
    },
  })
  const watching = config.WATCH_SUBGRAPHS ? watchSubgraphs(config.WATCH_SUBGRAPHS, graph.swap, log) : undefined
  log.info({ url: listener.url }, 'gateway listens')

  return {
    url: listener.url,
    async stop() {
      state.stopping = true
      watching?.stop()
      await Promise.all([listener.stop(config.DRAIN_TIMEOUT_MS), subscriptions.stop(config.DRAIN_TIMEOUT_MS)])
      await graph.stop()
      await dispatcher.close()
      await tracing.stop()
      log.info('gateway stopped')
    },
  }
}

function createGuards(config: Config, now: () => Date): Guards {
  const { ISSUER_URL: issuer, AUDIENCE: audience, jwksUrl, INTERNAL_SIGNING_KEY: key } = config
  const verifier = userTokenVerifier({ issuer, audience, jwksUrl, now })
  return {
    authenticate: (request, headers = request.headers) =>
      authenticate(headers, addressOf(request.headers, request.socket.remoteAddress, config.TRUSTED_PROXIES), verifier),
    authorizationFor: internalTokens(internalTokenSigner({ key, service: 'gateway', now }), now),
  }
}

function limitsOf(config: Config) {
  return {
    maxBodyBytes: config.MAX_BODY_BYTES,
    maxTokens: config.MAX_DOCUMENT_TOKENS,
    maxDepth: config.MAX_DOCUMENT_DEPTH,
    maxSubscriptions: config.MAX_SUBSCRIPTIONS,
    timeoutMs: config.REQUEST_TIMEOUT_MS,
  }
}

function pages(
  config: Config,
  graph: Graph,
  guards: Guards,
  { log, tracing }: { log: Log; tracing: Tracing },
): Routes['handlers'] {
  const answer = createHttpDoor({
    graph,
    ...guards,
    limits: limitsOf(config),
    corsOrigins: config.CORS_ORIGINS,
    openSchema: !config.production,
    now: () => new Date(),
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
  return process.argv.includes('--open') ? startOpen(process.argv.slice(2), env) : start(env)
}

if (import.meta.main) await runProcess(launch)
