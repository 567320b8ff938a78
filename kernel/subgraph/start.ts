import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { ApolloServerPluginInlineTrace } from '@apollo/server/plugin/inlineTrace'
import { GraphQLError, NoSchemaIntrospectionCustomRule } from 'graphql'
import { z } from 'zod'
import { approvalVerifier } from '../attestation/index.ts'
import { personalData } from '../audit/index.ts'
import { type Identity, internalTokenVerifier } from '../auth/index.ts'
import { commandOutcomes, commandRunner } from '../command/index.ts'
import {
  base64Key,
  type Environment,
  host,
  httpUrl,
  logLevel,
  port,
  postgresUrl,
  publicJwks,
  type Running,
  readConfig,
  wholeNumber,
} from '../config/index.ts'
import { type Database, openDatabase } from '../database/index.ts'
import { healthHandler } from '../health/index.ts'
import { createLog, createMetrics, createTracing, type Metrics } from '../telemetry/index.ts'
import { contextFor, type RequestContext } from './context.ts'
import type { SubgraphDefinition } from './definition.ts'
import { httpServer } from './http.ts'
import { liveEvents } from './live.ts'
import { poolConnections } from './metrics.ts'
import { announceReplay, measureRequests } from './plugins.ts'
import { presentError } from './presentError.ts'
import { buildSchema } from './schema.ts'
import { subscriptionServer } from './subscriptions.ts'

/** What every subgraph is told by its environment. */
const settings = {
  HOST: host.default('127.0.0.1'),
  PORT: port,
  LOG_LEVEL: logLevel.default('info'),
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  DATABASE_URL: postgresUrl,
  DATABASE_POOL: wholeNumber(1, 200).default(8),
  INTERNAL_JWKS: publicJwks,
  APPROVALS_JWKS: publicJwks,
  PERSONAL_DATA_KEY: base64Key(32),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
}

/** Throws a ConfigError that names every mistake by which a domain's graph would not start. */
export function checkSubgraph<Client, Tools>(definition: SubgraphDefinition<Client, Tools>, env: Environment): void {
  readSettings(definition, env)
}

function readSettings<Client, Tools>({ extension }: SubgraphDefinition<Client, Tools>, env: Environment) {
  return readConfig(z.object({ ...extension?.settings, ...settings }), env)
}

/**
 * Starts a domain's graph: its database, its contract with the code behind it, and its door. It answers
 * only to services of this platform, and is ready once it listens and its database answers.
 */
export async function startSubgraph<Client, Tools>(
  definition: SubgraphDefinition<Client, Tools>,
  env: Environment,
): Promise<Running> {
  const extension = definition.extension
  const both = readSettings(definition, env)
  const config: z.infer<z.ZodObject<typeof settings>> = both
  const log = createLog({ service: definition.name, level: config.LOG_LEVEL })
  const executable = buildSchema(definition)
  const database = openDatabase(
    { connectionString: config.DATABASE_URL, max: config.DATABASE_POOL },
    definition.createClient,
  )
  const metrics = createMetrics(definition.name, { processWide: true })
  readConnections(metrics, database)
  const tracing = createTracing(definition.name, config.OTEL_EXPORTER_OTLP_ENDPOINT)
  const extra = extension?.start({ settings: both, database, log, metrics, tracing })
  const personal = personalData(config.PERSONAL_DATA_KEY, definition.personal)
  const now = () => new Date()
  const run = commandRunner<Client, Tools>({
    database,
    personal,
    now,
    newId: () => uuidv7(now()),
    verifyApproval: approvalVerifier(config.APPROVALS_JWKS),
    tools: extra?.tools as Tools,
    onOutcome: (command, outcome) => metrics.count(commandOutcomes, { command, outcome }),
  })

  const stopping = new AbortController()
  const live = liveEvents(database, stopping.signal)
  const forbidden = (message: string) => new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } })
  const parts = { definition, executable, tracing, database, personal, run, live, forbidden }
  const context = (identity: Identity, traceparent: string | null) => contextFor(parts, identity, traceparent)
  const present = presentError(log)

  const apollo = new ApolloServer<RequestContext<Client>>({
    schema: executable.schema,
    formatError: present,
    introspection: config.NODE_ENV !== 'production',
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    csrfPrevention: false, // only services with an internal token get this far
    plugins: [
      announceReplay(),
      measureRequests(metrics),
      // What each field took, in the answer to a gateway that asks for it; never the words of an error.
      ApolloServerPluginInlineTrace({ includeErrors: { masked: true } }),
      // The library reads APOLLO_KEY from the environment by itself. To Studio the gateway alone reports.
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
    ],
    logger: { debug() {}, info() {}, warn: (text) => log.warn(String(text)), error: (text) => log.error(String(text)) },
    validationRules: config.NODE_ENV === 'production' ? [NoSchemaIntrospectionCustomRule] : [],
  })
  await apollo.start()

  const identify = internalTokenVerifier(config.INTERNAL_JWKS).verify
  const health = healthHandler({
    service: definition.name,
    metrics,
    ready: () => !stopping.signal.aborted,
    checks: [{ name: 'database', required: true, check: () => database.check() }, ...(extra?.checks ?? [])],
  })
  const server = httpServer({ name: definition.name, tracing, apollo, identify, context, health })
  const subscriptions = subscriptionServer({ server, schema: executable.schema, identify, context, present })
  await listen(server, config.PORT, config.HOST)
  const url = `http://${config.HOST}:${(server.address() as AddressInfo).port}`
  log.info({ url }, 'ready')

  return {
    url,
    async stop() {
      stopping.abort()
      await subscriptions.close()
      await new Promise((resolve) => {
        server.close(resolve)
        server.closeIdleConnections()
      })
      await apollo.stop()
      await extra?.stop?.()
      await database.close()
      await tracing.stop()
    },
  }
}

function readConnections<Client>(metrics: Metrics, database: Database<Client>): void {
  metrics.read(poolConnections, async () => {
    const states = Object.entries(database.connections())
    return states.map(([state, value]) => ({ labels: { state }, value }))
  })
}

function listen(server: ReturnType<typeof httpServer>, onPort: number, onHost: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(onPort, onHost, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** A UUID version 7 (RFC 9562): ordered by its time, so that new rows stand together in an index. */
function uuidv7(at: Date): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(at.getTime(), 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
