import { createLog } from '@steinmetz/kernel/telemetry'
import { describe, expect, it, vi } from 'vitest'
import { startReconciler } from './reconciler.ts'

const log = createLog({ service: 'test', level: 'silent' })

/** A world in which so many sagas are due and the queue has so much room; each is given once. */
function world({ due, room }: { due: number; room: number }) {
  const dispatched: string[] = []
  let given = 0
  const refresh = vi.fn(async () => {})
  const options = {
    store: {
      admit: async () => [],
      wake: async () => {},
      due: async (limit: number) => {
        const ids = Array.from({ length: Math.min(limit, due - given) }, (_, at) => `saga-${given + at}`)
        given += ids.length
        return ids
      },
    },
    dispatch: async (id: string) => void dispatched.push(id),
    room: async () => room,
    ...{ refresh, log, everyMs: 5 },
  }
  return { options, dispatched, refresh }
}

describe('the reconciler', () => {
  it('dispatches all that is due, in batches, within one round', async () => {
    const { options, dispatched } = world({ due: 1_234, room: 100_000 })
    const reconciler = startReconciler({ ...options, everyMs: 60_000 })
    await vi.waitUntil(() => dispatched.length === 1_234)
    await reconciler.stop()
    expect(new Set(dispatched).size).toBe(1_234)
  })

  it('puts no more into the queue than it has room for', async () => {
    const { options, dispatched, refresh } = world({ due: 5_000, room: 700 })
    const reconciler = startReconciler({ ...options, everyMs: 60_000 })
    await vi.waitUntil(() => dispatched.length >= 700)
    await reconciler.stop()
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(dispatched).toHaveLength(700)
  })

  it('tells of a failure, tries again, and is well again', async () => {
    const { options, dispatched } = world({ due: 1, room: 10 })
    let broken = true
    const admit = async () => {
      if (broken) throw new Error('the database was away')
      return []
    }
    const reconciler = startReconciler({ ...options, store: { ...options.store, admit } })
    await vi.waitUntil(() =>
      reconciler.check().then(
        () => false,
        () => true,
      ),
    )
    broken = false
    await vi.waitUntil(() => dispatched.length === 1)
    await vi.waitUntil(() =>
      reconciler.check().then(
        () => true,
        () => false,
      ),
    )
    await reconciler.stop()
  })
})
