import { createLog } from '@steinmetz/kernel/telemetry'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasRedis, startRedis, type TestRedis } from '../testing/redis.ts'
import { Denied } from './denied.ts'
import { memoryLimiter } from './memoryLimiter.ts'
import { allowed, type Limiter, type Quota } from './quota.ts'
import { createRateLimits, type Rate, type RateClass, rateClasses } from './rateLimits.ts'
import { sharedQuotas } from './redis.ts'
import { redisLimiter } from './redisLimiter.ts'

const log = createLog({ service: 'test', level: 'silent' })
const quota = (more: Partial<Quota> = {}): Quota => ({ key: 'k', perSecond: 10, burst: 5, weight: 1, ...more })

/** A limiter on a clock that stands still until it is moved. */
function atRest(most?: number) {
  const time = { ms: 1_000 }
  return { time, limiter: memoryLimiter({ clock: () => time.ms, ...(most && { most }) }) }
}

async function passes(limiter: Limiter, asked: Quota): Promise<boolean> {
  return allowed(await limiter.take([asked]))
}

describe('a quota', () => {
  it('lets a burst through at once, then what comes back with time', async () => {
    const { limiter, time } = atRest()
    const taken = await Promise.all([1, 2, 3, 4, 5, 6].map(() => passes(limiter, quota())))
    expect(taken).toEqual([true, true, true, true, true, false])
    time.ms += 99
    expect(await passes(limiter, quota())).toBe(false)
    time.ms += 1
    expect([await passes(limiter, quota()), await passes(limiter, quota())]).toEqual([true, false])
  })

  it('has no boundary at which twice the burst passes', async () => {
    const { limiter, time } = atRest()
    const slow = quota({ perSecond: 5, burst: 5 })
    let passed = 0
    // A window of a second that begins anew would let five through on each side of its boundary.
    for (time.ms = 1_900; time.ms <= 2_100; time.ms += 10) if (await passes(limiter, slow)) passed += 1
    expect(passed).toBe(6)
  })

  it('tells what is left, when all of it is back, and how long to wait', async () => {
    const { limiter } = atRest()
    expect(await limiter.take([quota({ weight: 4 })])).toEqual([{ remaining: 1, resetMs: 400, waitMs: 0 }])
    expect(await limiter.take([quota({ weight: 3 })])).toEqual([{ remaining: 1, resetMs: 400, waitMs: 200 }])
    expect(await limiter.take([quota({ weight: 6 })])).toMatchObject([{ waitMs: Number.POSITIVE_INFINITY }])
  })

  it('is not used up by a request that another quota denies', async () => {
    const { limiter } = atRest()
    const [scarce, plenty] = [quota({ key: 'scarce', burst: 1 }), quota({ key: 'plenty' })]
    await limiter.take([scarce, plenty])
    for (let denied = 0; denied < 10; denied++) expect(allowed(await limiter.take([scarce, plenty]))).toBe(false)
    expect(await limiter.take([{ ...plenty, weight: 0 }])).toMatchObject([{ remaining: 4 }])
  })

  it('holds what is given back, but never more than its burst; what was used beyond is owed', async () => {
    const { limiter, time } = atRest()
    await limiter.take([quota({ weight: 5 })])
    await limiter.giveBack([quota({ weight: 3 })])
    expect(await limiter.take([quota({ weight: 0 })])).toMatchObject([{ remaining: 3 }])
    time.ms += 10_000
    await limiter.giveBack([quota({ weight: 100 })])
    expect(await limiter.take([quota({ weight: 0 })])).toMatchObject([{ remaining: 5 }])
    await limiter.giveBack([quota({ weight: -7 })])
    time.ms += 200
    expect(await passes(limiter, quota())).toBe(false)
  })

  it('takes no more memory than it is given, however many ask', async () => {
    const { limiter } = atRest(100)
    await limiter.take([quota({ key: 'old', burst: 1 })])
    for (let one = 0; one < 100; one++) await limiter.take([quota({ key: `k${one}` })])
    expect(await passes(limiter, quota({ key: 'k99', weight: 5 }))).toBe(false)
    expect(await passes(limiter, quota({ key: 'old', burst: 1 }))).toBe(true)
  })
})

describe('what a request is told', () => {
  const rates = Object.fromEntries(
    rateClasses.map((name) => [name, { perSecond: 10, burst: 20, withoutRedis: 'local' }]),
  ) as Record<RateClass, Rate>
  const limits = () => createRateLimits({ rates, local: atRest().limiter, log })

  it('is each quota by the fields of the draft: policy, what is left, and when all is back', async () => {
    const headers = await limits().take('t', [
      { class: 'query', of: 'a', weight: 1 },
      { class: 'cost', of: 'a', weight: 15 },
    ])
    expect(headers).toEqual({
      'ratelimit-policy': '"query";q=20;w=2, "cost";q=20;w=2',
      ratelimit: '"query";r=19;t=1, "cost";r=5;t=2',
    })
  })

  it('is 429 with the seconds after which it fits, and no seconds when it never will', async () => {
    const shared = limits()
    const take = (weight: number) => shared.take('t', [{ class: 'query', of: 'a', weight }])
    await take(20)
    const denied = await take(15).catch((error: unknown) => error)
    expect(denied).toBeInstanceOf(Denied)
    expect(denied).toMatchObject({
      status: 429,
      reason: 'RATE_LIMIT_EXCEEDED',
      headers: { 'retry-after': '2', ratelimit: '"query";r=0;t=2' },
    })
    const never = (await take(21).catch((error: unknown) => error)) as Denied
    expect(never.headers['retry-after']).toBeUndefined()
  })

  it('does not tell one client of another, nor count them together, whatever they call themselves', async () => {
    const shared = limits()
    const take = (tenant: string, of: string) => shared.take(tenant, [{ class: 'query', of, weight: 20 }])
    await take('t', 'a')
    await take('t', 'b')
    await take('u', 'a')
    await expect(take('t', 'a')).rejects.toMatchObject({ status: 429 })
  })
})

describe.skipIf(!hasRedis)('quotas in Redis (skipped without redis-server)', () => {
  let server: TestRedis
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('answers as the memory of one process does', async () => {
    const redis = new Redis(server.url)
    const limiter = redisLimiter(redis)
    const [, second] = [await limiter.take([quota({ weight: 4 })]), await limiter.take([quota({ weight: 3 })])]
    expect(second[0]?.remaining).toBe(1)
    expect(second[0]?.waitMs).toBeGreaterThan(100)
    await limiter.giveBack([quota({ weight: 4 })])
    expect(await limiter.take([quota({ weight: 0 })])).toMatchObject([{ remaining: 5, resetMs: 0 }])
    await limiter.take([quota({ weight: 5 })])
    expect(await redis.pttl('k')).toBeLessThanOrEqual(500)
    redis.disconnect()
  })

  it('never lets through more than burst + rate × time, over several gateways with skewed clocks', async () => {
    const asking = fc.record({
      gateways: fc.array(fc.integer({ min: -86_400_000, max: 86_400_000 }), { minLength: 2, maxLength: 4 }),
      burst: fc.integer({ min: 1, max: 30 }),
      perSecond: fc.integer({ min: 20, max: 2_000 }),
      weights: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
    })
    let run = 0
    await fc.assert(
      fc.asyncProperty(asking, async ({ gateways, burst, perSecond, weights }) => {
        const of = `run-${++run}`
        const rates = { query: { perSecond, burst, withoutRedis: 'closed' } } as Record<RateClass, Rate>
        const passed: { sent: number; answered: number; weight: number }[] = []
        const asks = gateways.map(async (skewMs) => {
          const clock = () => performance.now() + skewMs
          const quotas = sharedQuotas(server.url, log)
          await quotas.connected()
          const limits = createRateLimits({ rates, shared: quotas.limiter, local: memoryLimiter({ clock }), log })
          for (let turn = 0; turn < 40; turn++) {
            const weight = weights[turn % weights.length] ?? 1
            const sent = performance.now()
            const took = await limits.take('t', [{ class: 'query', of, weight }]).then(
              () => true,
              () => false,
            )
            if (took) passed.push({ sent, answered: performance.now(), weight })
          }
          await quotas.stop()
        })
        await Promise.all(asks)
        expect(worstExcess(passed, { burst, perSecond })).toBeLessThanOrEqual(0)
      }),
      { numRuns: 30 },
    )
  })

  it('gives the burst to all gateways together, not to each', async () => {
    const rates = { query: { perSecond: 0.1, burst: 10, withoutRedis: 'closed' } } as Record<RateClass, Rate>
    const gateways = await Promise.all(
      [1, 2, 3].map(async () => {
        const quotas = sharedQuotas(server.url, log)
        await quotas.connected()
        return { quotas, limits: createRateLimits({ rates, shared: quotas.limiter, local: memoryLimiter(), log }) }
      }),
    )
    const asks = gateways.flatMap(({ limits }) =>
      Array.from({ length: 10 }, () => limits.take('t', [{ class: 'query', of: 'one', weight: 1 }])),
    )
    const settled = await Promise.allSettled(asks)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    for (const { quotas } of gateways) await quotas.stop()
  })

  it('tells the log once that Redis is away, and once that it is back', async () => {
    const lines: { level: string; msg: string }[] = []
    const heard = createLog({ service: 'test', to: { write: (line) => lines.push(JSON.parse(line)) } })
    const redis = { away: false }
    const local = memoryLimiter()
    const shared: Limiter = {
      take: (quotas) => (redis.away ? Promise.reject(new Error('away')) : local.take(quotas)),
      giveBack: local.giveBack,
    }
    const rates = { query: { perSecond: 10, burst: 100, withoutRedis: 'open' } } as Record<RateClass, Rate>
    const limits = createRateLimits({ rates, shared, local: memoryLimiter(), log: heard })
    for (const away of [false, true, true, true, false, false]) {
      redis.away = away
      await limits.take('t', [{ class: 'query', of: 'a', weight: 1 }])
    }
    expect(lines.map(({ level, msg }) => `${level} ${msg.slice(0, 13)}`)).toEqual([
      'warn Redis is away',
      'info Redis is back',
    ])
  })

  it.each([
    ['is away', async (redis: TestRedis) => redis.stop()],
    ['hangs', async (redis: TestRedis) => redis.pause()],
  ])('while Redis %s each class does what is configured for it, at once', async (_what, harm) => {
    const redis = await startRedis()
    const quotas = sharedQuotas(redis.url, log)
    await quotas.connected()
    const rate = (withoutRedis: Rate['withoutRedis']): Rate => ({ perSecond: 0.1, burst: 2, withoutRedis })
    const rates = { query: rate('open'), mutation: rate('closed'), subscription: rate('local') }
    const limits = createRateLimits({
      rates: rates as unknown as Record<RateClass, Rate>,
      shared: quotas.limiter,
      local: memoryLimiter(),
      log,
    })
    const take = (named: RateClass) => limits.take('t', [{ class: named, of: 'a', weight: 1 }])
    expect(await take('mutation')).toMatchObject({ ratelimit: '"mutation";r=1;t=10' })
    await quotas.check.check()
    await harm(redis)

    const began = performance.now()
    expect([await take('query'), await take('query'), await take('query')]).toEqual([{}, {}, {}])
    await expect(take('mutation')).rejects.toMatchObject({ status: 503, reason: 'RATE_LIMITER_UNAVAILABLE' })
    await take('subscription')
    await take('subscription')
    await expect(take('subscription')).rejects.toMatchObject({ status: 429 })
    expect(performance.now() - began).toBeLessThan(2_000)
    await expect(quotas.check.check()).rejects.toThrow()
    await quotas.stop()
    await redis.stop()
  })
})

/** By how much any stretch of time let through more than it may; what passed was decided between sent and answered. */
function worstExcess(
  passed: readonly { sent: number; answered: number; weight: number }[],
  { burst, perSecond }: { burst: number; perSecond: number },
): number {
  const starts = passed.map(({ sent }) => sent)
  const excesses = starts.map((from) => {
    const within = passed.filter(({ sent }) => sent >= from).toSorted((one, other) => one.answered - other.answered)
    let sum = 0
    return Math.max(
      ...within.map(({ answered, weight }) => {
        sum += weight
        return sum - burst - ((answered - from) / 1_000) * perSecond
      }),
    )
  })
  return Math.max(Number.NEGATIVE_INFINITY, ...excesses)
}
