import { once } from 'node:events'
import type { Check } from '@steinmetz/kernel/health'
import { circuitBreaker } from '@steinmetz/kernel/resilience'
import type { Log } from '@steinmetz/kernel/telemetry'
import { Redis } from 'ioredis'
import type { Limiter } from './quota.ts'
import { redisLimiter } from './redisLimiter.ts'

/** Requests wait for a quota no longer than this; a Redis that needs more is as good as away. */
const answerWithinMs = 100
const connectWithinMs = 2_000
/** So long nobody asks a Redis that has failed five times in a row. */
const leftAloneMs = 2_000

/** The quotas that all gateways share, and whether Redis can be reached. */
export type SharedQuotas = {
  limiter: Limiter
  check: Check
  /** Waits until Redis can be asked. Answers false when it cannot within the time a first connection gets. */
  connected(): Promise<boolean>
  stop(): Promise<void>
}

/**
 * Connects to Redis and keeps connecting while it is away. Whoever asks meanwhile is told so at once: a request is
 * never queued for a Redis that may not come back.
 */
export function sharedQuotas(url: string, log: Log): SharedQuotas {
  const redis = new Redis(url, {
    commandTimeout: answerWithinMs,
    connectTimeout: connectWithinMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, leftAloneMs),
  })
  redis.on('error', (error: unknown) => log.debug({ err: error }, 'Redis cannot be reached'))
  const breaker = circuitBreaker({ name: 'Redis', openMs: leftAloneMs })
  const asked = redisLimiter(redis)
  return {
    limiter: {
      take: (quotas) => breaker.run(() => asked.take(quotas)),
      giveBack: (quotas) => breaker.run(() => asked.giveBack(quotas)),
    },
    check: {
      name: 'redis',
      required: false,
      async check() {
        await redis.ping()
      },
    },
    async connected() {
      if (redis.status === 'ready') return true
      const signal = AbortSignal.timeout(connectWithinMs)
      return once(redis, 'ready', { signal }).then(
        () => true,
        () => false,
      )
    },
    async stop() {
      redis.disconnect()
    },
  }
}
