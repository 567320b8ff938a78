import type { Log } from '@steinmetz/kernel/telemetry'
import type { Instance } from './instance.ts'
import type { Store } from './store.ts'

export type HandsOptions = {
  readonly store: Pick<Store, 'renew' | 'dueOf'>
  readonly dispatch: (sagaId: string, delayMs: number) => Promise<void>
  readonly log: Log
  /** How many sagas of one tenant may be in hand at once. */
  readonly tenantAtMost: number
  /** How often leases are renewed; well within a lease. */
  readonly renewMs: number
}

/** The sagas that a worker has in hand: kept by renewal for as long as their commands take, then let go. */
export type Hands = {
  hold(instance: Instance): void
  letGo(instance: Instance, options: { stopping: boolean }): Promise<void>
  /** Told when a saga could not be taken: it may be that its tenant's hands were full, be it in other workers. */
  passBy(): void
  stop(): void
}

export function createHands({ store, dispatch, log, tenantAtMost, renewMs }: HandsOptions): Hands {
  const held = new Map<string, Instance>()
  let passedBy = 0
  /** Of each tenant, how many had been passed by when nothing of it was waiting any more. */
  const cleared = new Map<string, number>()

  // One statement renews all, so that a slow answer costs no more than its waiting.
  const renewal = setInterval(() => {
    if (held.size > 0) store.renew([...held.values()]).catch((err) => log.warn({ err }, 'cannot renew leases'))
  }, renewMs)
  renewal.unref()

  return {
    hold: (instance) => void held.set(instance.id, instance),
    async letGo({ id, tenantId, fence }, { stopping }) {
      const full = [...held.values()].filter((one) => one.tenantId === tenantId).length >= tenantAtMost
      // It may have been lost and taken anew: then it is in hand still.
      if (held.get(id)?.fence === fence) held.delete(id)
      const before = passedBy
      // Where others were passed by, the next have their turn now; so whenever one is let go, until none waits.
      if (stopping || (!full && before === (cleared.get(tenantId) ?? 0))) return
      const waiting = await store.dueOf(tenantId)
      if (waiting.length === 0) cleared.set(tenantId, before)
      for (const next of waiting) await dispatch(next, 0)
    },
    passBy: () => void passedBy++,
    stop: () => clearInterval(renewal),
  }
}
