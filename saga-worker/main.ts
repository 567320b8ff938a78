import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { ApprovalDecided } from '@steinmetz/approvals/events'
import { embeddedBus } from '@steinmetz/kernel/bus'
import { type Environment, type Running, runProcess } from '@steinmetz/kernel/config'
import { startHealthServer } from '@steinmetz/kernel/health'
import { createLog, createMetrics, createTracing } from '@steinmetz/kernel/telemetry'
import { readSettings } from './config.ts'
import { sagas } from './definitions.ts'
import { catalogOf } from './engine/catalog.ts'
import { databaseClock } from './engine/clock.ts'
import { type CoordinatorOptions, createCoordinator } from './engine/coordinator.ts'
import { contentHash, shapeOf } from './engine/definition.ts'
import { createIntake } from './engine/intake.ts'
import { startReconciler } from './engine/reconciler.ts'
import { startRetention } from './engine/retention.ts'
import type { Saga } from './engine/saga.ts'
import { openStore } from './engine/store.ts'
import { counted, watchSagas } from './metrics.ts'
import { openQueue } from './queue.ts'
import { type Commands, commands, openSending } from './sending.ts'

const service = 'saga-worker'

/** What a worker knows of the business: its processes, and what they may send. */
export type Business = { readonly sagas: readonly Saga[]; readonly commands: Commands }

/** Throws a ConfigError that names every mistake of an environment. */
export function check(env: Environment): void {
  readSettings(env)
}

type Trying = { readonly at?: CoordinatorOptions['at']; readonly business?: Business }

/**
 * Starts the saga worker: it answers events with sagas and drives them until it is stopped. Another business
 * than ours, and what happens at the engine's boundaries, are for those who try the engine itself.
 */
export async function start(env: Environment, { at, business = { sagas, commands } }: Trying = {}): Promise<Running> {
  const config = readSettings(env)
  const log = createLog({ service, level: config.LOG_LEVEL })
  const tracing = createTracing(service, config.OTEL_EXPORTER_OTLP_ENDPOINT)
  const metrics = createMetrics(service, { processWide: true })
  const catalog = catalogOf(business.sagas)
  const store = openStore({
    connectionString: config.ENGINE_DATABASE_URL,
    max: config.POOL_SIZE,
    worker: config.WORKER_NAME ?? `${hostname()}-${randomUUID().slice(0, 8)}`,
    leaseMs: config.LEASE_MS,
    tenantAtMost: config.TENANT_CONCURRENCY,
    knows: catalog.known,
  })
  for (const saga of catalog.all) await store.publish({ ...saga, hash: contentHash(saga), shape: shapeOf(saga) })

  const clock = databaseClock(store.time)
  await clock.adjust()
  const sending = openSending(config, { service, log, metrics, tracing, now: clock.now, commands: business.commands })
  const coordinator = createCoordinator({
    ...{ store: counted(store, metrics), log, send: sending.send, find: catalog.find, random: Math.random },
    tenantAtMost: config.TENANT_CONCURRENCY,
    renewMs: config.LEASE_MS / 3,
    ...(at && { at }),
    dispatch: (sagaId, delayMs) => queue.dispatch(sagaId, delayMs),
  })
  const queue = openQueue({
    ...{ url: config.REDIS_URL ?? config.QUEUE_DATABASE_URL, concurrency: config.CONCURRENCY, log },
    ...{ run: coordinator.run, drive: coordinator.drive },
  })
  const intake = createIntake({
    ...{ store, catalog, log, decided: ApprovalDecided.type },
    ...{ dispatch: queue.dispatch, hands: queue },
  })
  const bus = embeddedBus(config.BUS_DATABASE_URL)
  const events = bus.consume({
    consumer: service,
    types: intake.types,
    handle: intake.handle,
    tracing,
    metrics,
    onError: (error, message) => log.warn({ err: error, eventId: message?.id }, 'an event must come again'),
  })
  const reconciler = startReconciler({
    store,
    log,
    dispatch: queue.dispatch,
    room: queue.room,
    refresh: () => Promise.all([clock.adjust(), intake.refresh()]).then(() => {}),
  })
  const retention = startRetention({ store, keptDays: config.KEYS_KEPT_DAYS, log })
  const watched = watchSagas(metrics, { connectionString: config.ENGINE_DATABASE_URL, queue })
  let stopping = false
  const health = await startHealthServer(
    { host: config.HOST, port: config.PORT },
    {
      service,
      metrics,
      ready: () => !stopping,
      checks: [
        { name: 'database', required: true, check: () => store.check() },
        { name: 'bus', required: true, check: () => events.check() },
        { name: 'reconciler', required: true, check: () => reconciler.check() },
        // Without the queue sagas are slower, not lost.
        { name: 'queue', required: false, check: () => queue.check() },
        ...sending.checks,
      ],
    },
  )
  log.info({ url: health.url, sagas: catalog.known.length, queue: config.REDIS_URL ? 'redis' : 'postgres' }, 'ready')

  return {
    url: health.url,
    async stop() {
      stopping = true
      await events.stop()
      await Promise.all([reconciler.stop(), retention.stop()])
      // Steps under way are answered and committed; then each saga is given back.
      await Promise.all([coordinator.stop(), queue.close()])
      await bus.close()
      await sending.close()
      await store.close()
      await Promise.all([health.stop(), watched.close()])
      await tracing.stop()
    },
  }
}

if (import.meta.main) await runProcess(start)
