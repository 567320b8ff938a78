import type { Identity } from '../auth/index.ts'
import type { Database } from '../database/index.ts'
import { aggregatesBehind, tail, tailPosition } from '../outbox/index.ts'
import type { Live, LiveEvent } from './definition.ts'

/** How often a subscription looks into the outbox. What a person waits for, not what a machine does. */
const lookEveryMs = 200

/**
 * Live events out of the domain's own outbox: every replica sees them, and a break misses nothing. They end
 * when the process stops or whoever listens has `ended`. `onEvent` is called before each.
 */
export function liveEvents<Client>(database: Database<Client>, stopping: AbortSignal) {
  return ({ tenantId }: Identity, ended: AbortSignal, onEvent = () => {}): Live => ({
    position: () => database.write(tenantId, ({ connection }) => tailPosition(connection)),
    aggregatesBehind: (type, after) =>
      database.write(tenantId, ({ connection }) => aggregatesBehind(connection, type, after)),

    async *events(types, after): AsyncGenerator<LiveEvent> {
      const over = AbortSignal.any([stopping, ended])
      let cursor = after ?? (await database.write(tenantId, ({ connection }) => tailPosition(connection)))
      while (!over.aborted) {
        const from = cursor
        const found = await database.write(tenantId, ({ connection }) => tail(connection, types, from))
        for (const event of found) {
          onEvent()
          yield event
          cursor = event.cursor
        }
        if (found.length === 0) await pause(lookEveryMs, over)
      }
    },
  })
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    over.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      over.removeEventListener('abort', done)
      resolve()
    }
  })
}
