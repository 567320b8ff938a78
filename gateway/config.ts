import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Environment,
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

export type Config = ReturnType<typeof gatewayConfig>

const milliseconds = (least: number, most: number) =>
  wholeNumber(least, most).describe(`milliseconds from ${least} to ${most}`)

const schema = z
  .object({
    PORT: port.default(4000),
    HOST: host.default('127.0.0.1'),
    LOG_LEVEL: logLevel.default('info'),
    NODE_ENV: z
      .enum(['development', 'test', 'production'], 'is no environment')
      .describe('development, test or production')
      .default('production'),
    ISSUER_URL: httpUrl.describe('the URL of the issuer of users’ tokens, as it stands in their claim iss'),
    JWKS_URL: httpUrl.describe('the URL of the issuer’s keys').optional(),
    AUDIENCE: z.string().describe('the audience users’ tokens are made for').default('erp-steinmetz'),
    INTERNAL_SIGNING_KEY: privateJwk,
    SUPERGRAPH: z
      .string()
      .refine(existsSync, 'is not there')
      .describe('the path of a composed supergraph')
      .default(join(import.meta.dirname, 'supergraph.graphql')),
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
    MAX_SUBSCRIPTIONS: wholeNumber(1, 10_000).describe('subscriptions of one connection, 1 to 10000').default(50),
    REQUEST_TIMEOUT_MS: milliseconds(100, 300_000).default(30_000),
    SUBGRAPH_TIMEOUT_MS: milliseconds(100, 300_000).default(10_000),
    OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.describe('where spans are sent by OTLP over HTTP').optional(),
    DRAIN_TIMEOUT_MS: milliseconds(0, 300_000).default(10_000),
  })
  .refine(notInProduction('WATCH_SUBGRAPHS'), always('WATCH_SUBGRAPHS', 'is for development only'))
  .refine(notInProduction('DEVELOPMENT_TOKENS'), always('DEVELOPMENT_TOKENS', 'is for development only'))
  .refine(https('ISSUER_URL'), always('ISSUER_URL', 'must be https in production'))
  .refine(https('JWKS_URL'), always('JWKS_URL', 'must be https in production'))

/** Reads the gateway's configuration, or throws a ConfigError that names every mistake. */
export function gatewayConfig(env: Environment) {
  const config = readConfig(schema, env)
  return {
    ...config,
    production: config.NODE_ENV === 'production',
    jwksUrl: config.JWKS_URL ?? `${config.ISSUER_URL.replace(/\/$/, '')}/.well-known/jwks.json`,
  }
}

type Given = Readonly<Record<string, unknown>>

function notInProduction(name: string) {
  return (given: Given) => given.NODE_ENV !== 'production' || empty(given[name])
}

function https(name: string) {
  return (given: Given) => given.NODE_ENV !== 'production' || !String(given[name]).startsWith('http:')
}

function empty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
}

/** A rule across variables, checked even when another variable is wrong: mistakes are told all at once. */
function always(name: string, message: string) {
  return { path: [name], message, when: () => true }
}
