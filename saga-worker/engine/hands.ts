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
  stop(): void
}

export function createHands({ store, dispatch, log, tenantAtMost, renewMs }: HandsOptions): Hands {
  const held = new Map<string, Instance>()

  // One statement renews all, so that a slow answer costs no more than its waiting.
  const renewal = setInterval(() => {
    if (held.size > 0) store.renew([...held.values()]).catch((err) => log.warn({ err }, 'cannot renew leases'))
  }, renewMs)
  renewal.unref()

  return {
    hold: (instance) => void held.set(instance.id, instance),
    async letGo({ id, tenantId }, { stopping }) {
      const full = [...held.values()].filter((one) => one.tenantId === tenantId).length >= tenantAtMost
      held.delete(id)
      // With the tenant's hands full others were passed by: now the next of them has its turn.
      if (full && !stopping) for (const next of await store.dueOf(tenantId)) await dispatch(next, 0)
    },
    stop: () => clearInterval(renewal),
  }
}
