import { ask, intervalUs, type Limiter, type Quota, standing } from './quota.ts'

/**
 * Keeps quotas in this process. `clock` tells milliseconds and never goes back. Of more than `most` quotas the ones
 * asked longest ago are forgotten, which gives their owners a burst anew: memory is bounded, the limit then is not.
 */
export function memoryLimiter({
  clock = () => performance.now(),
  most = 100_000,
}: {
  clock?: () => number
  most?: number
} = {}): Limiter {
  const fullAts = new Map<string, number>()

  const keep = (key: string, fullAt: number, now: number) => {
    // The map is in the order of asking, so what nobody has asked for long stands first.
    fullAts.delete(key)
    if (fullAt > now) fullAts.set(key, fullAt)
    for (const [oldest, at] of fullAts) {
      if (at > now && fullAts.size <= most) break
      fullAts.delete(oldest)
    }
  }

  return {
    async take(quotas) {
      const now = clock() * 1_000
      const asked = quotas.map((quota) => ({ quota, ...ask(quota, fullAts.get(quota.key) ?? now, now) }))
      const fits = asked.every(({ excessUs }) => excessUs === 0)
      if (fits) for (const { quota, fullAt } of asked) keep(quota.key, fullAt, now)
      return asked.map(({ quota, excessUs }) => standing(quota, fullAts.get(quota.key) ?? now, now, excessUs))
    },
    async giveBack(quotas: readonly Quota[]) {
      const now = clock() * 1_000
      for (const quota of quotas) {
        const fullAt = Math.max(fullAts.get(quota.key) ?? now, now)
        keep(quota.key, fullAt - quota.weight * intervalUs(quota), now)
      }
    },
  }
}
