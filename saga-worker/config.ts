import {
  type Environment,
  host,
  httpUrl,
  jsonMap,
  logLevel,
  port,
  postgresUrl,
  privateJwk,
  readConfig,
  wholeNumber,
} from '@steinmetz/kernel/config'
import { z } from 'zod'

const redisUrl = z
  .string()
  .refine((value) => URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol), 'is not a Redis URL')
  .describe('a Redis URL such as redis://127.0.0.1:6379, where the queue shall be in Redis')

const settings = z.object({
  HOST: host.default('127.0.0.1'),
  PORT: port,
  LOG_LEVEL: logLevel.default('info'),
  ENGINE_DATABASE_URL: postgresUrl,
  BUS_DATABASE_URL: postgresUrl,
  QUEUE_DATABASE_URL: postgresUrl,
  REDIS_URL: redisUrl.optional(),
  INTERNAL_SIGNING_KEY: privateJwk,
  SUBGRAPH_URLS: jsonMap(httpUrl),
  OUTSIDE_URLS: jsonMap(httpUrl).default({}).describe('a JSON object from systems outside to their URLs'),
  MAIL_FOLDER: z
    .string()
    .min(1)
    .optional()
    .describe('the folder into which mails are put as .eml files; without it deliveries wait for a person'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  WORKER_NAME: z.string().max(100).optional().describe('the name of this worker in the timelines of processes'),
  CONCURRENCY: wholeNumber(1, 500).default(16).describe('how many sagas this worker drives at once, 1 to 500'),
  TENANT_CONCURRENCY: wholeNumber(1, 10_000)
    .default(12)
    .describe('how many sagas of one tenant all workers together drive at once, 1 to 10000'),
  POOL_SIZE: wholeNumber(1, 50).default(4).describe('how many connections to the engine database, 1 to 50'),
  KEYS_KEPT_DAYS: wholeNumber(30, 3_650)
    .default(30)
    .describe('how many days the idempotency keys of a saga outlive it, 30 to 3650'),
  LEASE_MS: wholeNumber(1_000, 600_000).default(6_000).describe('how long a dead worker keeps a saga, in ms'),
})

export type Config = Readonly<z.output<typeof settings>>

/** Reads what the saga worker needs from the environment, and reports every mistake at once. */
export function readSettings(env: Environment): Config {
  return readConfig(settings, env)
}
