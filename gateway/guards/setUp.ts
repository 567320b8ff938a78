import type { IncomingMessage } from 'node:http'
import { type Headers, internalTokenSigner, userTokenVerifier } from '@steinmetz/kernel/auth'
import type { Check } from '@steinmetz/kernel/health'
import type { Log, Metrics } from '@steinmetz/kernel/telemetry'
import type { DocumentNode } from 'graphql'
import type { Config } from '../config.ts'
import { createPlanCache } from '../engine/planCache.ts'
import type { Graph } from '../graph.ts'
import { addressOf, authenticate, type Caller } from './authentication.ts'
import { Denied } from './denied.ts'
import type { DocumentLimits } from './documentLimits.ts'
import { stillValid } from './guardedEvents.ts'
import { guardGraph } from './guardedGraph.ts'
import { type GuardMetrics, guardMetrics } from './guardMetrics.ts'
import { internalTokens } from './internalTokens.ts'
import { memoryLimiter } from './memoryLimiter.ts'
import { type PersistedOperations, persistedOperations, readManifest } from './persistedOperations.ts'
import { policiesMet } from './policies.ts'
import { createRateLimits, type RateLimits } from './rateLimits.ts'
import { sharedQuotas } from './redis.ts'
import { networkOf, quotaOwner, requestDemands } from './requestDemands.ts'
import { type SubgraphPolicies, subgraphPolicies } from './subgraphPolicies.ts'

/** What doors ask before they let a request through to the graph. */
export type DoorGuards = {
  /** Who sends it, or a denial; failing to say so draws on the quota of the address. */
  authenticate(request: IncomingMessage, headers?: Headers): Promise<Caller>
  addressOf(request: IncomingMessage): string
  authorizationFor(caller: Caller): string
  /** Counts a request that was denied before the graph heard of it. Denies with 429 in its place when there are too many. */
  countDenied(asker: { caller: Caller | undefined; address: string }): Promise<void>
  documents: DocumentLimits & { persisted: PersistedOperations }
  /** Headers of clients that subgraphs get. */
  forwardHeaders: readonly string[]
  metrics: GuardMetrics
}

export type Guards = DoorGuards & {
  graph(graph: Graph, supergraph: string): Graph
  subgraphs: SubgraphPolicies
  checks: readonly Check[]
  stop(): Promise<void>
}

const documentCacheBytes = 8 * 2 ** 20
/** A syntax tree takes some twenty times its text. */
const treePerText = 20

/** Makes the guards as they are configured. Throws a ConfigError when the manifest of operations cannot be read. */
export async function setUpGuards(
  config: Config,
  { log, metrics: registry, now }: { log: Log; metrics: Metrics; now: () => Date },
): Promise<Guards> {
  const metrics = guardMetrics(registry)
  const shared = config.REDIS_URL ? sharedQuotas(config.REDIS_URL, log) : undefined
  const rates = createRateLimits({
    rates: config.RATE_LIMITS,
    shared: shared?.limiter,
    local: memoryLimiter(),
    denied: metrics.rateDenied,
    log,
  })
  const subgraphs = subgraphPolicies({
    changed: (subgraph, state) => log.warn({ subgraph, state }, 'the circuit of a subgraph has changed'),
    retried: metrics.retried,
  })
  metrics.circuits(subgraphs.states)
  const identified = identity(config, rates, now)
  const guarded = {
    rates,
    checkAgain: identified.checkAgain,
    cost: {
      mode: config.COST_MODE,
      most: config.MAX_COST,
      listSize: config.COST_LIST_SIZE,
      told: config.COST_TOLD,
      events: config.COST_OF_EVENTS,
    },
    onForbidden: config.ON_FORBIDDEN,
    policiesOf: policiesMet(config.POLICIES),
    returnHeaders: config.RETURN_HEADERS,
    heard: metrics,
  }
  return {
    ...identified,
    documents: await documents(config, metrics),
    forwardHeaders: config.FORWARD_HEADERS,
    metrics,
    countDenied: async (asker) => {
      await rates.take(quotaOwner(asker), requestDemands(asker, 'query'))
    },
    graph: (graph, supergraph) => guardGraph(graph, supergraph, guarded),
    subgraphs,
    checks: shared ? [shared.check] : [],
    stop: async () => shared?.stop(),
  }
}

function identity(config: Config, rates: RateLimits, now: () => Date) {
  const { ISSUER_URL: issuer, AUDIENCE: audience, jwksUrl, INTERNAL_SIGNING_KEY: key } = config
  const verifier = userTokenVerifier({ issuer, audience, jwksUrl, now })
  const addressIn = (request: IncomingMessage) =>
    addressOf(request.headers, request.socket.remoteAddress, config.TRUSTED_PROXIES)
  return {
    addressOf: addressIn,
    async authenticate(request: IncomingMessage, headers: Headers = request.headers) {
      const address = addressIn(request)
      try {
        return await authenticate(headers, address, verifier)
      } catch (error) {
        if (error instanceof Denied && error.status === 401) {
          const of = networkOf(address)
          await rates.take(of, [{ class: 'anonymous', of, weight: 1 }])
        }
        throw error
      }
    },
    /** Verified tokens are remembered for a minute: a key that its issuer withdraws is noticed that late. */
    async checkAgain({ token, expiresAt, address }: Caller) {
      stillValid(expiresAt, now())
      await authenticate({ authorization: `Bearer ${token}` }, address, verifier)
    },
    authorizationFor: internalTokens(internalTokenSigner({ key, service: 'gateway', now }), now),
  }
}

async function documents(config: Config, { unlisted }: GuardMetrics): Promise<DoorGuards['documents']> {
  const cache = createPlanCache<DocumentNode>(documentCacheBytes)
  return {
    maxTokens: config.MAX_DOCUMENT_TOKENS,
    maxDepth: config.MAX_DOCUMENT_DEPTH,
    maxAliases: config.MAX_DOCUMENT_ALIASES,
    maxRootFields: config.MAX_ROOT_FIELDS,
    maxDirectives: config.MAX_DOCUMENT_DIRECTIVES,
    introspection: config.introspection,
    known: { get: cache.get, set: (query, document) => cache.set(query, document, query.length * treePerText) },
    persisted: persistedOperations({
      manifest: config.OPERATIONS_MANIFEST ? await readManifest(config.OPERATIONS_MANIFEST) : new Map(),
      mode: config.SAFELIST,
      rememberBytes: config.PERSISTED_BYTES,
      unlisted,
    }),
  }
}
