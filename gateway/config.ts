import { existsSync } from 'node:fs'
import {
  type Environment,
  flag,
  host,
  httpUrl,
  json,
  jsonMap,
  logLevel,
  port,
  privateJwk,
  readConfig,
  wholeNumber,
} from '@steinmetz/kernel/config'
import { z } from 'zod'
import { mayBePassed } from './guards/passedHeaders.ts'
import { type Rate, type RateClass, rateClasses } from './guards/rateLimits.ts'
import { studioOf, studioSettings } from './studio/settings.ts'

export type Config = ReturnType<typeof gatewayConfig>

const milliseconds = (least: number, most: number) =>
  wholeNumber(least, most).describe(`milliseconds from ${least} to ${most}`)

const count = z.number().positive().max(1_000_000_000)
const rate = z.strictObject({
  perSecond: count,
  burst: count,
  withoutRedis: z.enum(['local', 'open', 'closed'], 'is neither local, open nor closed'),
})

type Rates = Readonly<Record<RateClass, Rate>>

/** So generous that no person or program at work meets them, and so small that no one of them is the whole platform. */
const defaultRates: Rates = {
  anonymous: { perSecond: 10, burst: 50, withoutRedis: 'local' },
  query: { perSecond: 500, burst: 2_000, withoutRedis: 'local' },
  mutation: { perSecond: 500, burst: 2_000, withoutRedis: 'local' },
  subscription: { perSecond: 20, burst: 200, withoutRedis: 'local' },
  tenant: { perSecond: 2_000, burst: 10_000, withoutRedis: 'open' },
  cost: { perSecond: 50_000, burst: 1_000_000, withoutRedis: 'local' },
}

function withDefaultRates(given: Partial<Record<RateClass, Partial<Rate>>>): Rates {
  return Object.fromEntries(
    rateClasses.map((name) => [name, { ...defaultRates[name], ...given[name] }]),
  ) as unknown as Rates
}

const names = z.array(z.string().min(1)).min(1)
const policy = z.strictObject({ scopes: names.optional(), tenants: names.optional(), accounts: names.optional() })

const headerNames = json(
  z.array(
    z
      .string()
      .transform((name) => name.toLowerCase())
      .refine(mayBePassed, 'is not for this list'),
    'is not a JSON array',
  ),
).describe('a JSON array of header names such as ["accept-language"]')

const schema = z
  .object({
    PORT: port.default(4000),
    HOST: host.default('127.0.0.1'),
    ADMIN_PORT: port.optional(),
    ADMIN_HOST: host.default('127.0.0.1'),
    LOG_LEVEL: logLevel.default('info'),
    NODE_ENV: z
      .enum(['development', 'test', 'production'], 'is no environment')
      .describe('development, test or production')
      .default('production'),
    ISSUER_URL: httpUrl.describe('the URL of the issuer of users’ tokens, as it stands in their claim iss'),
    JWKS_URL: httpUrl.describe('the URL of the issuer’s keys').optional(),
    AUDIENCE: z.string().describe('the audience users’ tokens are made for').default('erp-steinmetz'),
    INTERNAL_SIGNING_KEY: privateJwk,
    SUPERGRAPH: z.string().refine(existsSync, 'is not there').describe('the path of a composed supergraph').optional(),
    ...studioSettings,
    SUBGRAPH_URLS: jsonMap(httpUrl).default({}),
    READY_URLS: jsonMap(httpUrl).default({}),
    WATCH_SUBGRAPHS: z
      .string()
      .refine(existsSync, 'is not there')
      .describe('a folder whose */schema.graphql are composed at each change')
      .optional(),
    DEVELOPMENT_TOKENS: jsonMap(z.string()).default({}),
    CORS_ORIGINS: json(z.array(z.url('is not an origin'), 'is not a JSON array'))
      .describe('a JSON array of origins such as ["https://erp.example.org"]')
      .default([]),
    TRUSTED_PROXIES: wholeNumber(0, 8).describe('the number of own proxies in front, from 0 to 8').default(0),
    MAX_BODY_BYTES: wholeNumber(1_024, 104_857_600).describe('bytes from 1024 to 104857600').default(1_048_576),
    MAX_DOCUMENT_TOKENS: wholeNumber(10, 100_000).default(4_000),
    MAX_DOCUMENT_DEPTH: wholeNumber(1, 100).default(20),
    MAX_DOCUMENT_ALIASES: wholeNumber(0, 10_000).default(100),
    MAX_DOCUMENT_DIRECTIVES: wholeNumber(0, 10_000).default(100),
    MAX_ROOT_FIELDS: wholeNumber(1, 1_000).default(50),
    MAX_BATCH: wholeNumber(0, 100).describe('operations in one request, from 0 (no batches) to 100').default(0),
    INTROSPECTION: flag.optional(),
    PERSISTED_BYTES: wholeNumber(0, 1_073_741_824)
      .describe('bytes of documents remembered by their hash, from 0 (none) to 1073741824')
      .default(16_777_216),
    OPERATIONS_MANIFEST: z
      .string()
      .refine(existsSync, 'is not there')
      .describe('the path of a manifest of persisted queries')
      .optional(),
    SAFELIST: z
      .enum(['off', 'observe', 'require'], 'is no mode')
      .describe('off, observe or require: whether only operations of the manifest are taken')
      .default('off'),
    ON_FORBIDDEN: z
      .enum(['null', 'refuse'], 'is neither null nor refuse')
      .describe('null or refuse: what becomes of a request for fields its caller may not read')
      .default('null'),
    POLICIES: jsonMap(policy).default({}),
    COST_MODE: z
      .enum(['off', 'measure', 'enforce'], 'is no mode')
      .describe('off, measure or enforce')
      .default('enforce'),
    MAX_COST: wholeNumber(1, 1_000_000_000).default(50_000),
    COST_LIST_SIZE: wholeNumber(1, 10_000).describe('items a list is taken to have that nothing bounds').default(10),
    COST_TOLD: flag.default(true),
    COST_OF_EVENTS: flag.default(true),
    RATE_LIMITS: json(z.partialRecord(z.enum(rateClasses), rate.partial(), 'is not a JSON object'))
      .transform(withDefaultRates)
      .describe('a JSON object such as {"query":{"perSecond":100,"burst":500,"withoutRedis":"closed"}}')
      .default(defaultRates),
    REDIS_URL: z
      .string()
      .refine((value) => /^rediss?:\/\//.test(value) && URL.canParse(value), 'is not a Redis URL')
      .describe('a URL such as redis://127.0.0.1:6379')
      .optional(),
    FORWARD_HEADERS: headerNames.default([]),
    RETURN_HEADERS: headerNames.default([]),
    COMPRESS_FROM_BYTES: wholeNumber(0, 104_857_600)
      .describe('bytes of an answer from which on it is compressed')
      .default(1_024),
    JOIN_EQUAL_QUERIES: flag.default(false),
    OVERRIDE_LABELS: json(z.array(z.string().min(1), 'is not a JSON array'))
      .describe('a JSON array of labels of @override that are on')
      .default([]),
    SUBSCRIPTION_RESUME_MS: milliseconds(0, 600_000).default(30_000),
    MAX_SUBSCRIPTIONS: wholeNumber(1, 10_000).describe('subscriptions of one connection, 1 to 10000').default(50),
    REQUEST_TIMEOUT_MS: milliseconds(100, 300_000).default(30_000),
    SUBGRAPH_TIMEOUT_MS: milliseconds(100, 300_000).default(10_000),
    SUBGRAPH_TIMEOUTS_MS: jsonMap(z.int().min(100).max(300_000))
      .describe('milliseconds by subgraph, where one has more or less: {"payroll":20000}')
      .default({}),
    OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.describe('where spans are sent by OTLP over HTTP').optional(),
    DRAIN_TIMEOUT_MS: milliseconds(0, 300_000).default(10_000),
  })
  .refine(notInProduction('WATCH_SUBGRAPHS'), always('WATCH_SUBGRAPHS', 'is for development only'))
  .refine(notInProduction('DEVELOPMENT_TOKENS'), always('DEVELOPMENT_TOKENS', 'is for development only'))
  .refine(...together('APOLLO_KEY', 'APOLLO_GRAPH_REF'))
  .refine(...together('APOLLO_GRAPH_REF', 'APOLLO_KEY'))
  .refine(https('APOLLO_UPLINK_ENDPOINTS'), always('APOLLO_UPLINK_ENDPOINTS', 'must be https in production'))
  .refine(
    https('APOLLO_SCHEMA_CONFIG_DELIVERY_ENDPOINT'),
    always('APOLLO_SCHEMA_CONFIG_DELIVERY_ENDPOINT', 'must be https in production'),
  )
  .refine(
    https('APOLLO_USAGE_REPORTING_INGRESS_URL'),
    always('APOLLO_USAGE_REPORTING_INGRESS_URL', 'must be https in production'),
  )
  .refine(https('ISSUER_URL'), always('ISSUER_URL', 'must be https in production'))
  .refine(https('JWKS_URL'), always('JWKS_URL', 'must be https in production'))
  .refine(
    (given: Given) => given.SAFELIST === 'off' || given.OPERATIONS_MANIFEST !== undefined,
    always('OPERATIONS_MANIFEST', 'must be set where SAFELIST is'),
  )
  .refine(
    (given) => given.MAX_COST <= given.RATE_LIMITS.cost.burst,
    always('MAX_COST', 'is more than RATE_LIMITS lets a client spend at once: cost.burst', ['MAX_COST', 'RATE_LIMITS']),
  )

/** Reads the gateway's configuration, or throws a ConfigError that names every mistake. */
export function gatewayConfig(env: Environment) {
  const config = readConfig(schema, env)
  return {
    ...config,
    production: config.NODE_ENV === 'production',
    apollo: studioOf(config),
    introspection: config.INTROSPECTION ?? config.NODE_ENV !== 'production',
    jwksUrl: config.JWKS_URL ?? `${config.ISSUER_URL.replace(/\/$/, '')}/.well-known/jwks.json`,
  }
}

type Given = Readonly<Record<string, unknown>>

function notInProduction(name: string) {
  return (given: Given) => given.NODE_ENV !== 'production' || empty(given[name])
}

function https(name: string) {
  const isPlain = (url: unknown) => String(url).startsWith('http:')
  return (given: Given) => given.NODE_ENV !== 'production' || ![given[name]].flat().some(isPlain)
}

/** Of two variables that mean nothing without each other: `name` must be set where `other` is. */
function together(name: string, other: string) {
  const isSet = (given: Given) => given[other] === undefined || given[name] !== undefined
  return [isSet, always(name, `must be set where ${other} is`)] as const
}

function empty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

/** A rule across variables, checked even when another variable is wrong: mistakes are told all at once. */
function always(name: string, message: string, needs?: readonly string[]) {
  return { path: [name], message, when: needs ? wellFormed(needs) : () => true }
}

/** A rule that computes with variables holds only where each of them could be read. */
function wellFormed(names: readonly string[]) {
  return ({ issues }: { issues: readonly { path?: readonly PropertyKey[] | undefined }[] }) =>
    !issues.some(({ path }) => names.includes(String(path?.[0])))
}
