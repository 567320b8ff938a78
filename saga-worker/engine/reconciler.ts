import type { Log } from '@steinmetz/kernel/telemetry'
import type { Store } from './store.ts'

export type ReconcilerOptions = {
  readonly store: Pick<Store, 'due' | 'admit' | 'wake'>
  readonly dispatch: (sagaId: string, delayMs: number) => Promise<void>
  /** How many more the queue should take. What waits in it is late, not lost, and must not be put there twice. */
  readonly room: () => Promise<number>
  /** Done in every round too: what a worker must not know for longer than a round. */
  readonly refresh: () => Promise<void>
  readonly log: Log
  /** The rest between two rounds. What the queue lost, a timer, an order waits for it. */
  readonly everyMs?: number
}

export type Reconciler = { stop(): Promise<void>; check(): Promise<void> }

const batch = 500

/**
 * Finds what is due and in nobody's hands, and has it dispatched, in batches: retries, deadlines, orders,
 * sagas whose worker died, and whatever the queue has lost. Correctness never rests on the queue, only on
 * this. Idle it costs a handful of small queries a round.
 */
export function startReconciler(options: ReconcilerOptions): Reconciler {
  const { store, dispatch, room, refresh, log, everyMs = 1_000 } = options
  const stopping = new AbortController()
  let failure: unknown

  async function round(): Promise<void> {
    await refresh()
    await store.wake()
    await Promise.all((await store.admit()).map((id) => dispatch(id, 0)))
    for (let left = await room(); left > 0 && !stopping.signal.aborted; ) {
      const ids = await store.due(Math.min(batch, left))
      await Promise.all(ids.map((id) => dispatch(id, 0)))
      left = ids.length < batch ? 0 : left - ids.length
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round()
        failure = undefined
      } catch (error) {
        if (!failure) log.warn({ err: error }, 'cannot look for what is due: it is tried again')
        failure = error
      }
      await rest(everyMs, stopping.signal)
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
    async check() {
      if (failure) throw failure
    },
  }
}

/** A pause that ends at once when the signal says so. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
