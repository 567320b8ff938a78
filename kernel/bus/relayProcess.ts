import pg from 'pg'
import { z } from 'zod'
import {
  type Environment,
  host,
  httpUrl,
  logLevel,
  port,
  postgresUrl,
  type Running,
  readConfig,
  wholeNumber,
} from '../config/index.ts'
import { survivingBreaks } from '../database/index.ts'
import { startHealthServer } from '../health/index.ts'
import { type Kept, KeysReleased, type Message, purgeOnce, relayOnce, removeReleased } from '../outbox/index.ts'
import { createLog, createMetrics, createTracing, type Log, type Metrics, type Tracing } from '../telemetry/index.ts'
import { type Bus, embeddedBus } from './embedded.ts'
import { outboxAge, published } from './metrics.ts'

const settings = z.object({
  HOST: host.default('127.0.0.1'),
  PORT: port,
  LOG_LEVEL: logLevel.default('info'),
  RELAY_DATABASE_URL: postgresUrl,
  BUS_DATABASE_URL: postgresUrl,
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl.optional(),
  KEYS_KEPT_DAYS: wholeNumber(1, 3_650)
    .default(30)
    .describe('how many days the answer to a command of a person is kept under its key, 1 to 3650'),
  EVENTS_KEPT_DAYS: wholeNumber(1, 3_650)
    .default(30)
    .describe('how many days an event is kept in the outbox once it is published, 1 to 3650'),
})

/** How long the relay rests when the outbox was empty, at most when something fails, and between two purges. */
const restMs = { idle: 100, failing: 5_000, purged: 3_600_000 }

/** Throws a ConfigError that names every mistake by which a relay would not start. */
export function checkRelay(env: Environment): void {
  readConfig(settings, env)
}

/** A statement without an answer for so long has nobody at the other end any more. */
const answerTimeoutMs = 60_000

/**
 * Starts a domain's relay: it drains the outbox onto the event bus until it is stopped. Beside that it removes what
 * the kernel's tables need not keep any longer.
 */
export async function startRelay(domain: string, env: Environment): Promise<Running> {
  const config = readConfig(settings, env)
  const log = createLog({ service: `${domain}-relay`, level: config.LOG_LEVEL })
  const bus = embeddedBus(config.BUS_DATABASE_URL)
  const metrics = createMetrics(`${domain}-relay`, { processWide: true })
  const tracing = createTracing(`${domain}-relay`, config.OTEL_EXPORTER_OTLP_ENDPOINT)
  const pool = survivingBreaks(
    new pg.Pool({
      connectionString: config.RELAY_DATABASE_URL,
      max: 2,
      connectionTimeoutMillis: 5_000,
      query_timeout: answerTimeoutMs,
    }),
  )
  const relay = relayLoop(pool, bus, { log, metrics, tracing })
  const purge = purgeLoop(pool, { keysDays: config.KEYS_KEPT_DAYS, eventsDays: config.EVENTS_KEPT_DAYS }, log)
  const released = bus.consume({
    consumer: `${domain}-relay`,
    types: [KeysReleased.type],
    handle: ({ payload }) => removeReleased(pool, payload),
    onError: (error) => log.warn({ err: error }, 'cannot remove the keys of ended sagas: it is tried again'),
  })
  const health = await startHealthServer(
    { host: config.HOST, port: config.PORT },
    {
      service: `${domain}-relay`,
      metrics,
      checks: [
        { name: 'outbox', required: true, check: relay.check },
        { name: 'bus', required: true, check: () => bus.check() },
      ],
    },
  )
  return {
    url: health.url,
    async stop() {
      await Promise.all([relay.stop(), purge.stop(), released.stop()])
      await pool.end()
      await bus.close()
      await health.stop()
      await tracing.stop()
    },
  }
}

type Watch = { log: Log; metrics: Metrics; tracing: Tracing }

function relayLoop(pool: pg.Pool, bus: Bus, { log, metrics, tracing }: Watch) {
  metrics.read(outboxAge, () => oldestUnpublished(pool))
  let failure: unknown
  const { rest, end, ended } = resting()

  async function drainOnce(): Promise<number> {
    const connection = await pool.connect()
    try {
      return await relayOnce(connection, (messages) => publishTraced(messages, bus, tracing))
    } finally {
      connection.release()
    }
  }

  async function run() {
    let failures = 0
    while (!ended()) {
      try {
        const count = await drainOnce()
        failures = 0
        failure = undefined
        if (count > 0) metrics.count(published, {}, count)
        else await rest(restMs.idle)
      } catch (error) {
        failure = error
        log.warn({ err: error }, 'cannot relay: it is tried again')
        await rest(Math.min(restMs.idle * 2 ** ++failures, restMs.failing))
      }
    }
  }

  const running = run()
  return {
    async check() {
      if (failure) throw failure
    },
    async stop() {
      end()
      await running
    },
  }
}

/** Removes what is old, now and every hour, batch by batch. What fails is done an hour later. */
function purgeLoop(pool: pg.Pool, kept: Kept, log: Log, now = () => new Date()) {
  const { rest, end, ended } = resting()
  async function purge(): Promise<void> {
    const connection = await pool.connect()
    try {
      while (!ended() && (await purgeOnce(connection, kept, now())) > 0);
    } finally {
      connection.release()
    }
  }
  async function run() {
    while (!ended()) {
      await purge().catch((error) => log.warn({ err: error }, 'cannot remove what is old: it is tried again'))
      await rest(restMs.purged)
    }
  }
  const running = run()
  return {
    async stop() {
      end()
      await running
    },
  }
}

/** Pauses that end at once when the process stops. */
function resting() {
  let stopping = false
  let endRest = () => {}
  return {
    ended: () => stopping,
    end() {
      stopping = true
      endRest()
    },
    rest: (ms: number) =>
      new Promise<void>((resolve) => {
        if (stopping) return resolve()
        const timer = setTimeout(resolve, ms)
        endRest = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}

async function oldestUnpublished(pool: pg.Pool) {
  const { rows } = await pool.query<{ age: number }>(
    `select coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as age
     from kernel.outbox where published_at is null`,
  )
  return [{ labels: {}, value: rows[0]?.age ?? 0 }]
}

/** Each message continues the trace of the command that caused it, by a span of its own. */
async function publishTraced(messages: readonly Message[], bus: Bus, tracing: Tracing): Promise<void> {
  const traced = messages.map((message) =>
    tracing.span(`publish ${message.type}`, { kind: 'producer', parent: message.traceparent }, async (traceparent) => ({
      ...message,
      traceparent,
    })),
  )
  await bus.publish(await Promise.all(traced))
}
