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
} from '../config/index.ts'
import { survivingBreaks } from '../database/index.ts'
import { startHealthServer } from '../health/index.ts'
import { type Message, relayOnce } from '../outbox/index.ts'
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
})

/** How long the relay rests when the outbox was empty, and at most when something fails. */
const restMs = { idle: 100, failing: 5_000 }

/** Throws a ConfigError that names every mistake by which a relay would not start. */
export function checkRelay(env: Environment): void {
  readConfig(settings, env)
}

/** Starts a domain's relay: it drains the outbox onto the event bus until it is stopped. */
export async function startRelay(domain: string, env: Environment): Promise<Running> {
  const config = readConfig(settings, env)
  const log = createLog({ service: `${domain}-relay`, level: config.LOG_LEVEL })
  const bus = embeddedBus(config.BUS_DATABASE_URL)
  const metrics = createMetrics(`${domain}-relay`, { processWide: true })
  const tracing = createTracing(`${domain}-relay`, config.OTEL_EXPORTER_OTLP_ENDPOINT)
  const relay = relayLoop(config.RELAY_DATABASE_URL, bus, { log, metrics, tracing })
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
      await relay.stop()
      await bus.close()
      await health.stop()
      await tracing.stop()
    },
  }
}

type Watch = { log: Log; metrics: Metrics; tracing: Tracing }

function relayLoop(connectionString: string, bus: Bus, { log, metrics, tracing }: Watch) {
  const pool = survivingBreaks(new pg.Pool({ connectionString, max: 2, connectionTimeoutMillis: 5_000 }))
  metrics.read(outboxAge, () => oldestUnpublished(pool))
  let failure: unknown
  let stopping = false
  let endRest = () => {}
  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      endRest = () => {
        clearTimeout(timer)
        resolve()
      }
    })

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
    while (!stopping) {
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
      stopping = true
      endRest()
      await running
      await pool.end()
    },
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
