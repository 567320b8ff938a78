import pg from 'pg'
import { survivingBreaks } from '../database/index.ts'
import type { Message } from '../outbox/index.ts'
import { type Metrics, type Tracing, withContext } from '../telemetry/index.ts'
import { consumed, consumerLag } from './metrics.ts'

/** A consumer's way of digesting one message. It must stand a repetition: delivery is at least once. */
export type Handle = (message: Message) => Promise<void>

export type Subscription = {
  stop(): Promise<void>
  /** Resolves while the consumer reads; throws why it cannot. */
  check(): Promise<void>
}

export type ConsumeOptions = {
  /** Name under which the bus remembers how far this consumer has come. */
  readonly consumer: string
  /** Event types it wants; the rest is passed over. */
  readonly types: readonly string[]
  readonly handle: Handle
  /** Told of every failure; the message comes again after a pause. */
  readonly onError: (error: unknown, message?: Message) => void
  /** Told what was handled and how far it is behind, if the process keeps metrics. */
  readonly metrics?: Metrics
  /** Traces the handling of each message, if the process traces. */
  readonly tracing?: Tracing
  /** How often the log is looked at when no notification came. Default 1,000 ms. */
  readonly pollMs?: number
  /** How often within a batch it is kept how far the consumer has come. Default 200 ms. */
  readonly keepMs?: number
}

/** The event bus as the processes see it. */
export type Bus = {
  publish(messages: readonly Message[]): Promise<void>
  consume(options: ConsumeOptions): Subscription
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * The embedded bus: a log table in PostgreSQL with an offset per consumer. Of several processes that
 * consume under one name, one reads at a time; when it dies another takes over where it stopped.
 */
export function embeddedBus(connectionString: string): Bus {
  const pool = survivingBreaks(new pg.Pool({ connectionString, max: 2, connectionTimeoutMillis: 5_000 }))
  const open = new Set<Subscription>()

  return {
    publish: async (messages) => void (await pool.query('select bus.append($1)', [JSON.stringify(messages)])),
    consume(options) {
      options.metrics?.read(consumerLag, () => lagOf(pool, options.consumer))
      const subscription = consume(connectionString, options)
      open.add(subscription)
      return subscription
    },
    check: async () => void (await pool.query('select 1')),
    async close() {
      await Promise.all([...open].map((subscription) => subscription.stop()))
      await pool.end()
    },
  }
}

const batch = 200
const retryMs = { first: 100, most: 5_000 }

function consume(connectionString: string, options: ConsumeOptions): Subscription {
  const { consumer, pollMs = 1_000, onError } = options
  const stopping = new AbortController()
  const wake = signal(stopping.signal)
  let failure: unknown
  let client: pg.Client | undefined

  // The lock and the notifications live as long as the connection; losing it, one begins anew.
  async function connectAndRead() {
    client = new pg.Client({ connectionString, keepAlive: true })
    client.on('error', (error) => {
      failure = error
      wake.now()
    })
    client.on('notification', wake.now)
    await client.connect()
    await client.query('listen bus')
    await client.query('insert into bus.consumer (name) values ($1) on conflict do nothing', [consumer])
    while (!stopping.signal.aborted) {
      const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 1)) as mine', [consumer])
      if (rows[0].mine) break
      await wake.within(pollMs)
    }
    while (!stopping.signal.aborted) {
      const read = await readBatch(client, options, stopping.signal)
      failure = undefined
      if (read < batch) await wake.within(pollMs)
    }
  }

  async function run() {
    let pauseMs = retryMs.first
    while (!stopping.signal.aborted) {
      const began = performance.now()
      await connectAndRead().catch((error) => {
        failure = error
        onError(error)
      })
      await client?.end().catch(() => {})
      if (performance.now() - began > retryMs.most) pauseMs = retryMs.first
      if (!stopping.signal.aborted) await wake.within(pauseMs)
      pauseMs = Math.min(pauseMs * 2, retryMs.most)
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      wake.now()
      await running
    },
    async check() {
      if (failure) throw failure
    },
  }
}

/**
 * Handles the messages behind the consumer's offset. The offset is kept at the end, and now and then in between: where
 * handling takes long and processes do not live long, all would otherwise begin at the same place.
 */
async function readBatch(client: pg.Client, options: ConsumeOptions, stopping: AbortSignal): Promise<number> {
  const { rows } = await client.query<{ position: string; type: string; message: Message }>(
    `select position, type, message from bus.event
     where position > (select position from bus.consumer where name = $1) order by position limit $2`,
    [options.consumer, batch],
  )
  let handled: string | undefined
  let keptAt = performance.now()
  const { keepMs = 200 } = options
  async function keep(): Promise<void> {
    if (handled === undefined) return
    const kept = 'update bus.consumer set position = $2, updated_at = now() where name = $1'
    await client.query(kept, [options.consumer, handled])
    handled = undefined
    keptAt = performance.now()
  }
  try {
    for (const { position, type, message } of rows) {
      if (stopping.aborted) return 0
      if (options.types.includes(type)) await handleOne(options, message)
      handled = position
      if (performance.now() - keptAt >= keepMs) await keep()
    }
  } finally {
    await keep()
  }
  return rows.length
}

async function handleOne(options: ConsumeOptions, message: Message): Promise<void> {
  const { consumer, onError, metrics } = options
  try {
    await handleTraced(options, message)
    metrics?.count(consumed, { consumer, outcome: 'handled' })
  } catch (error) {
    metrics?.count(consumed, { consumer, outcome: 'failed' })
    onError(error, message)
    throw error
  }
}

function handleTraced({ handle, consumer, tracing }: ConsumeOptions, message: Message): Promise<void> {
  if (!tracing) return handle(message)
  const { type, traceparent: parent, tenantId, causedBy } = message
  return withContext({ tenantId, requestId: causedBy.requestId, actor: causedBy.account }, () =>
    tracing.span(`handle ${type}`, { kind: 'consumer', parent, attributes: { consumer } }, (traceparent) =>
      handle({ ...message, traceparent }),
    ),
  )
}

async function lagOf(pool: pg.Pool, consumer: string) {
  const { rows } = await pool.query<{ lag: string }>(
    `select coalesce(max(event.position), 0) - coalesce((select position from bus.consumer where name = $1), 0) as lag
     from bus.event`,
    [consumer],
  )
  return [{ labels: { consumer }, value: Number(rows[0]?.lag ?? 0) }]
}

/** Something to wait for: a notification, a stop, or time going by. */
function signal(stopping: AbortSignal) {
  let wake: (() => void) | undefined
  let pending = false
  const now = () => {
    pending = true
    wake?.()
  }
  const within = (ms: number) =>
    new Promise<void>((resolve) => {
      if (pending || stopping.aborted) {
        pending = false
        return resolve()
      }
      const timer = setTimeout(() => wake?.(), ms)
      wake = () => {
        clearTimeout(timer)
        wake = undefined
        pending = false
        resolve()
      }
    })
  return { now, within }
}
