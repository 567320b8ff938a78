import { Socket } from 'node:net'
import pg from 'pg'
import { survivingBreaks } from '../database/index.ts'
import type { Message } from '../outbox/index.ts'
import { type Metrics, type Tracing, withContext } from '../telemetry/index.ts'
import { buried, bury, countBuried, settle } from './deadLetters.ts'
import { consumed, consumerLag, deadLetters } from './metrics.ts'

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
  /**
   * Why a message can never be digested, as a code, by what its handling threw. It is then put aside as a dead letter
   * and those behind it go on: for a consumer that needs no order. Undefined: the message comes again after a pause.
   */
  readonly setAside?: (error: unknown) => string | undefined
  /** Told of every failure. */
  readonly onError: (error: unknown, message?: Message) => void
  /** Told what was handled and how far it is behind, if the process keeps metrics. */
  readonly metrics?: Metrics
  /** Traces the handling of each message, if the process traces. */
  readonly tracing?: Tracing
  /** How often the log is looked at when no notification came. Default 1,000 ms. */
  readonly pollMs?: number
  /** How often within a batch it is kept how far the consumer has come. Default 200 ms. */
  readonly keepMs?: number
  /** How long a process that gives no sign of life stays the reader. Default 15,000 ms. */
  readonly leaseMs?: number
  /** How often what was put aside is tried again; it is, too, when a process begins to read. Default 600,000 ms. */
  readonly retryAsideMs?: number
}

const connectTimeoutMs = 5_000
const goodbyeMs = 1_000

/** The event bus as the processes see it. */
export type Bus = {
  publish(messages: readonly Message[]): Promise<void>
  consume(options: ConsumeOptions): Subscription
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * The embedded bus: a log table in PostgreSQL with an offset per consumer. Of several processes that consume under one
 * name, one reads at a time; when it dies, or is stopped for longer than its lease, another takes over where it was.
 */
export function embeddedBus(connectionString: string): Bus {
  const pool = survivingBreaks(new pg.Pool({ connectionString, max: 2, connectionTimeoutMillis: connectTimeoutMs }))
  const open = new Set<Subscription>()

  return {
    publish: async (messages) => void (await pool.query('select bus.append($1)', [JSON.stringify(messages)])),
    consume(options) {
      const { metrics, consumer } = options
      metrics?.read(consumerLag, () => lagOf(pool, consumer))
      if (options.setAside)
        metrics?.read(deadLetters, async () => [{ labels: { consumer }, value: await countBuried(pool, consumer) }])
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
  const { consumer, pollMs = 1_000, leaseMs = 15_000, keepMs = 200, retryAsideMs = 600_000, onError } = options
  const stopping = new AbortController()
  const wake = signal(stopping.signal)
  let failure: unknown
  let client: pg.Client | undefined
  let socket = new Socket()
  let aside = { after: '0', dueAt: performance.now() }

  // The lease and the notifications live no longer than the connection; losing it, one begins anew.
  async function connectAndRead() {
    // A place that a crash of the server takes back is come to once more: delivery is at least once anyhow.
    socket = new Socket()
    client = new pg.Client({
      ...{ connectionString, keepAlive: true, options: '-c synchronous_commit=off', stream: () => socket },
      // Who waits for an answer longer than the lease has lost it: a connection that says nothing is given up.
      ...{ connectionTimeoutMillis: connectTimeoutMs, query_timeout: leaseMs },
    })
    client.on('error', (error) => {
      failure = error
      wake.now()
    })
    client.on('notification', wake.now)
    await client.connect()
    await client.query('listen bus')
    await client.query('insert into bus.consumer (name) values ($1) on conflict do nothing', [consumer])
    let reading: Reading | undefined
    while (!stopping.signal.aborted) {
      if (!reading || ageOf(reading) > leaseMs / 3) reading = await hold(client, consumer, leaseMs)
      const read: Read = reading
        ? await readBatch(client, { ...options, leaseMs, keepMs }, reading, stopping.signal)
        : { reading, count: 0 }
      reading = read.reading
      failure = undefined
      const isRetrying = reading !== undefined && performance.now() >= aside.dueAt
      if (isRetrying) await retryAside(client)
      if (read.count < batch && !isRetrying) await wake.within(Math.min(pollMs, leaseMs / 3))
    }
  }

  /** A page at a time, so that new messages and the lease need not wait for all of them. */
  async function retryAside(on: pg.Client) {
    const { after } = aside
    // Also when this fails: one that cannot be tried now must not hold up what is new again and again.
    aside = { after, dueAt: performance.now() + retryAsideMs }
    const next = await retryPage(on, options, after, stopping.signal)
    aside = next === undefined ? { ...aside, after: '0' } : { after: next, dueAt: performance.now() }
  }

  /** One that says nothing does not say goodbye either. */
  async function hangUp() {
    const axe = setTimeout(() => socket.destroy(), goodbyeMs)
    await client?.end().catch(() => {})
    clearTimeout(axe)
  }

  async function run() {
    let pauseMs = retryMs.first
    while (!stopping.signal.aborted) {
      const began = performance.now()
      await connectAndRead().catch((error) => {
        failure = error
        onError(error)
      })
      await hangUp()
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

/** A process's hold on a consumer: while it lasts, this one reads. */
type Reading = { position: string; renewedAt: number }

/** Becomes the one that reads for a consumer, for `leaseMs` from now. Undefined while another is. */
async function hold(client: pg.Client, consumer: string, leaseMs: number): Promise<Reading | undefined> {
  const renewedAt = performance.now()
  const { rows } = await client.query<{ position: string }>(
    `update bus.consumer
     set held_until = clock_timestamp() + $2 * interval '1 ms', holder_pid = self.pid, holder_since = self.backend_start
     from ${ourselves}
     where name = $1 and (${isHeldByUs} or held_until < clock_timestamp() or not exists (
       select from pg_stat_get_activity(holder_pid) other where other.backend_start = holder_since))
     returning position`,
    [consumer, leaseMs],
  )
  return rows[0] && { position: rows[0].position, renewedAt }
}

// Not pg_stat_activity, which reads all sessions of the server to find one.
const ourselves = 'pg_stat_get_activity(pg_backend_pid()) self'
const isHeldByUs = '(holder_pid = self.pid and holder_since = self.backend_start)'

/** Moves the offset on and renews the lease. Undefined when another process has become the reader. */
async function moveOn(
  client: pg.Client,
  position: string,
  { consumer, leaseMs }: { consumer: string; leaseMs: number },
): Promise<Reading | undefined> {
  const renewedAt = performance.now()
  const { rowCount } = await client.query(
    `update bus.consumer set position = $2, updated_at = now(), held_until = clock_timestamp() + $3 * interval '1 ms'
     from ${ourselves} where name = $1 and ${isHeldByUs}`,
    [consumer, position, leaseMs],
  )
  return rowCount === 1 ? { position, renewedAt } : undefined
}

const ageOf = ({ renewedAt }: Reading) => performance.now() - renewedAt

type Read = { reading: Reading | undefined; count: number }

/**
 * Handles the messages behind the offset. The offset moves on with the batch, and now and then within it: where handling
 * takes long and processes do not live long, all would otherwise begin at the same place. It ends early when another
 * has become the reader; that one handles again what has been handled since.
 */
async function readBatch(
  client: pg.Client,
  options: ConsumeOptions & Required<Pick<ConsumeOptions, 'leaseMs' | 'keepMs'>>,
  before: Reading,
  stopping: AbortSignal,
): Promise<Read> {
  // What is passed over is not even fetched: some consumers want few events of a long log.
  const { rows } = await client.query<{ position: string; message: Message | null }>(
    `select position, case when type = any($3) then message end as message
     from bus.event where position > $1 order by position limit $2`,
    [before.position, batch, options.types],
  )
  let reading: Reading | undefined = before
  let handled = before.position
  try {
    for (const { position, message } of rows) {
      if (stopping.aborted) break
      if (handled !== reading.position && ageOf(reading) >= options.keepMs) {
        reading = await moveOn(client, handled, options)
        if (!reading) return { reading, count: 0 }
      }
      if (message) await handleOrSetAside(client, options, position, message)
      handled = position
    }
  } finally {
    if (reading && handled !== reading.position) reading = await moveOn(client, handled, options)
  }
  return { reading, count: rows.length }
}

/** Handles one message; gives false when it was put aside. */
async function handleOrSetAside(
  client: pg.Client,
  options: ConsumeOptions,
  position: string,
  message: Message,
): Promise<boolean> {
  const { consumer, onError, metrics } = options
  try {
    await handleTraced(options, message)
    metrics?.count(consumed, { consumer, outcome: 'handled' })
    return true
  } catch (error) {
    const code = options.setAside?.(error)
    metrics?.count(consumed, { consumer, outcome: code ? 'set_aside' : 'failed' })
    onError(error, message)
    if (!code) throw error
    await bury(client, consumer, position, code)
    return false
  }
}

/**
 * Tries what was put aside once more: a new version of the consumer may digest it. Gives where to go on, or undefined
 * after the last.
 */
async function retryPage(
  client: pg.Client,
  options: ConsumeOptions,
  after: string,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const letters = options.setAside ? await buried(client, options.consumer, after) : []
  for (const { position, message } of letters) {
    if (stopping.aborted) break
    if (await handleOrSetAside(client, options, position, message)) await settle(client, options.consumer, position)
  }
  return letters.at(-1)?.position
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
