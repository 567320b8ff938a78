import pg from 'pg'
import { z } from 'zod'
import { type Environment, host, logLevel, port, postgresUrl, type Running, readConfig } from '../config/index.ts'
import { startHealthServer } from '../health/index.ts'
import { relayOnce } from '../outbox/index.ts'
import { createLog, type Log } from '../telemetry/index.ts'
import { type Bus, embeddedBus } from './embedded.ts'

const settings = z.object({
  HOST: host.default('127.0.0.1'),
  PORT: port,
  LOG_LEVEL: logLevel.default('info'),
  RELAY_DATABASE_URL: postgresUrl,
  BUS_DATABASE_URL: postgresUrl,
})

/** How long the relay rests when the outbox was empty, and at most when something fails. */
const restMs = { idle: 100, failing: 5_000 }

/** Starts a domain's relay: it drains the outbox onto the event bus until it is stopped. */
export async function startRelay(domain: string, env: Environment): Promise<Running> {
  const config = readConfig(settings, env)
  const log = createLog({ service: `${domain}-relay`, level: config.LOG_LEVEL })
  const bus = embeddedBus(config.BUS_DATABASE_URL)
  const relay = relayLoop(config.RELAY_DATABASE_URL, bus, log)
  const health = await startHealthServer(
    { host: config.HOST, port: config.PORT },
    {
      service: `${domain}-relay`,
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
    },
  }
}

function relayLoop(connectionString: string, bus: Bus, log: Log) {
  const pool = new pg.Pool({ connectionString, max: 1, connectionTimeoutMillis: 5_000 })
  pool.on('error', () => {})
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
      return await relayOnce(connection, (messages) => bus.publish(messages))
    } finally {
      connection.release()
    }
  }

  async function run() {
    let failures = 0
    while (!stopping) {
      try {
        const published = await drainOnce()
        failures = 0
        failure = undefined
        if (published === 0) await rest(restMs.idle)
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
