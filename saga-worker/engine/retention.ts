import type { Log } from '@steinmetz/kernel/telemetry'
import { rest } from './reconciler.ts'
import type { Store } from './store.ts'

export type RetentionOptions = {
  readonly store: Pick<Store, 'release'>
  /** So many days a saga's idempotency keys outlive it. */
  readonly keptDays: number
  readonly log: Log
  /** The rest between two rounds. */
  readonly everyMs?: number
}

const batch = 500

/** Releases what ended sagas have left, now and every hour. What fails is done an hour later. */
export function startRetention({ store, keptDays, log, everyMs = 3_600_000 }: RetentionOptions) {
  const stopping = new AbortController()
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        while (!stopping.signal.aborted && (await store.release(keptDays, batch)) > 0);
      } catch (error) {
        log.warn({ err: error }, 'cannot release what ended sagas have left: it is tried again')
      }
      await rest(everyMs, stopping.signal)
    }
  }
  const running = run()
  return {
    async stop(): Promise<void> {
      stopping.abort()
      await running
    },
  }
}
