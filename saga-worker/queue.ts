import type { Log } from '@steinmetz/kernel/telemetry'
import { createPostgresBackend, createRedisBackend, type Job, withBackend } from 'bullmq'
import type { Instance } from './engine/instance.ts'
import { createSlots } from './slots.ts'

export type QueueOptions = {
  /** PostgreSQL or Redis, told by the URL. */
  readonly url: string
  /** Jobs at once in this process. */
  readonly concurrency: number
  readonly run: (sagaId: string) => Promise<void>
  readonly drive: (instance: Instance) => Promise<void>
  readonly log: Log
}

export type Queue = {
  /**
   * Has a saga looked at after a pause. One that is due at once this process takes itself while it has little to
   * do; the rest goes into the queue, where any worker finds it. Never fails: what neither of them can take is
   * found again by the reconciler.
   */
  dispatch(sagaId: string, delayMs: number): Promise<void>
  /** Whether this process would drive one more saga at once. */
  free(): boolean
  /** Has this process drive a saga that it has in hand already. */
  drive(instance: Instance): void
  /** How many more jobs it should take: more would only wait. While it is away, as many as this process takes itself. */
  room(): Promise<number>
  /** How many jobs are in it, by state: waiting, delayed, active, failed. */
  depth(): Promise<Readonly<Record<string, number>>>
  check(): Promise<void>
  /** Takes no more jobs, waits for those under way, and closes. */
  close(): Promise<void>
}

type Dispatched = { readonly sagaId: string }

const name = 'sagas'

const retryMs = 200

/** How many jobs may wait for each that runs before no more are put behind them: some seconds of work. */
const waitingForEach = 50
/** Behind it a queue counts as away: on a connection that broke an answer may never come. */
const answerTimeoutMs = 3_000

/** How many sagas may wait in this process for each that runs, before other workers are asked: less than a second. */
const waitingHereForEach = 8

/**
 * BullMQ as the dispatcher of sagas. A job carries a saga's id and nothing else: the truth is in PostgreSQL,
 * a job that is lost costs time, one that comes twice costs a look. A job that fails (the database was away)
 * is tried again with exponential backoff and jitter, and then stays in the queue of failed jobs to be seen.
 */
export function openQueue({ url, concurrency, run, drive, log }: QueueOptions): Queue {
  const { Queue: Jobs, Worker } = backendOf(url)
  const slots = createSlots(concurrency)
  let closing = false

  const jobs = new Jobs<Dispatched>(name, {
    connection: connectionTo(url, { waits: false }),
    defaultJobOptions: {
      attempts: 4,
      backoff: { type: 'exponential', delay: retryMs, jitter: 1 },
      removeOnComplete: true,
      removeOnFail: { count: 1_000, age: 7 * 24 * 3_600 },
    },
  })
  const worker = new Worker<Dispatched>(name, ({ data }: Job<Dispatched>) => slots.run(() => run(data.sagaId)), {
    connection: connectionTo(url, { waits: true }),
    concurrency,
    // How long an idle worker waits for a notification before it asks by itself.
    drainDelay: 30,
    removeOnComplete: { count: 0 },
  })
  let closed = false
  const failing = once((error) => {
    // On PostgreSQL BullMQ still holds a connection for a while after it is closed; its end is no news.
    if (!closed) log.warn({ err: error }, 'the queue does not answer: what is due is found without it')
  })
  jobs.on('error', failing)
  worker.on('error', failing)
  worker.on('failed', (job, error) => log.error({ err: error, sagaId: job?.data.sagaId }, 'a job failed'))

  // What it is asked before its server was ever reached BullMQ answers when that comes, be it in an hour: a worker
  // that starts while the queue is away must not wait for it.
  let reached = false
  jobs.waitUntilReady().then(() => (reached = true), failing)

  async function asked<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    if (!reached) throw new Error('the queue has not been reached yet')
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error('the queue gives no answer')), answerTimeoutMs)
    return Promise.race([ask(), late.promise]).finally(() => clearTimeout(timer))
  }

  const roomHere = () => (closing ? 0 : concurrency * waitingHereForEach - slots.taken())

  async function put(sagaId: string, delayMs: number): Promise<void> {
    await asked(() => jobs.add('run', { sagaId }, { delay: Math.ceil(delayMs) })).catch(failing)
  }

  // What fails here the queue has tried again, with its patience.
  function takeHere(sagaId: string, running = slots.run(() => run(sagaId))): void {
    running.catch((error) => {
      log.error({ err: error, sagaId }, 'a saga could not be driven')
      return put(sagaId, retryMs)
    })
  }

  return {
    async dispatch(sagaId, delayMs) {
      if (delayMs === 0 && roomHere() > 0) takeHere(sagaId)
      else await put(sagaId, delayMs)
    },
    free: () => !closing && slots.taken() < concurrency,
    // It does not wait, not even where the slots have filled up since one was free: nobody renews its lease before.
    drive: (instance) =>
      takeHere(
        instance.id,
        slots.runNow(() => drive(instance)),
      ),
    async room() {
      const waiting = await asked(() => jobs.getWaitingCount()).catch(() => null)
      return waiting === null ? roomHere() : Math.max(0, concurrency * waitingForEach - waiting)
    },
    depth: () => asked(() => jobs.getJobCounts('waiting', 'delayed', 'active', 'failed')),
    check: async () => void (await asked(() => jobs.getWaitingCount())),
    async close() {
      closing = true
      const left = worker.close()
      await slots.idle()
      // A backend that is away cannot be taken leave of: its connections are cut.
      await within(2_000, left)
      await within(2_000, jobs.close())
      await within(500, Promise.all([worker.disconnect(), jobs.disconnect()]))
      closed = true
    },
  }
}

function within(ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    work
      .catch(() => {})
      .finally(() => {
        clearTimeout(timer)
        resolve()
      })
  })
}

const isRedis = (url: string) => /^rediss?:/.test(url)

function backendOf(url: string) {
  // Both are told apart at run time; to the types they are one.
  return withBackend(
    isRedis(url) ? createRedisBackend : (createPostgresBackend as unknown as typeof createRedisBackend),
  )
}

function connectionTo(url: string, { waits }: { waits: boolean }) {
  // Who adds a job must not hang while Redis is away; who waits for one must.
  if (isRedis(url)) return { url, maxRetriesPerRequest: waits ? null : 1, enableOfflineQueue: waits }
  // Nothing in the queue is worth waiting for the disk: what a crash takes from it the reconciler finds.
  return { connectionString: url, max: waits ? 4 : 2, migrate: true, options: '-c synchronous_commit=off' }
}

/** Tells of the first of a series of errors; silent for a minute behind it. */
function once(tell: (error: unknown) => void): (error: unknown) => void {
  let quiet = false
  return (error) => {
    if (quiet) return
    quiet = true
    setTimeout(() => (quiet = false), 60_000).unref()
    tell(error)
  }
}
