import { createHash } from 'node:crypto'
import type { Redis } from 'ioredis'
import { intervalUs, type Limiter, type Quota, standing } from './quota.ts'

/**
 * Keeps quotas in Redis, so that all gateways share them. One script reads, decides and writes all quotas of a
 * request in one step, by Redis' own clock: what a gateway takes for the time is of no account. Rejects when Redis
 * does not answer.
 */
export function redisLimiter(redis: Redis): Limiter {
  const run = async (mode: 'take' | 'give', quotas: readonly Quota[]): Promise<number[]> => {
    const keys = quotas.map(({ key }) => key)
    const values = quotas.flatMap((quota) => [
      String(quota.burst * intervalUs(quota)),
      String(quota.weight * intervalUs(quota)),
    ])
    const reply = await redis.evalsha(digest, keys.length, ...keys, mode, ...values).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return redis.eval(script, keys.length, ...keys, mode, ...values)
    })
    return (reply as unknown[]).map(Number)
  }

  return {
    async take(quotas) {
      const reply = await run('take', quotas)
      // Redis has told how far ahead each quota's full time lies; where zero stands does not matter any more.
      return quotas.map((quota, at) => standing(quota, reply[2 * at] ?? 0, 0, reply[2 * at + 1] ?? 0))
    },
    async giveBack(quotas) {
      await run('give', quotas)
    },
  }
}

/*
 * After the mode come two values for each key, in microseconds: how long the burst takes to come back, and how long
 * the weight does. For each key it answers two: how far ahead the time lies at which all is back, and by how much
 * what was asked for exceeds the burst. Numbers are written by %.0f, since Lua by itself writes 14 digits and these
 * have 16.
 */
const script = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local sign = ARGV[1] == 'give' and -1 or 1
local full, excess, fits = {}, {}, true
for i = 1, #KEYS do
  full[i] = math.max(tonumber(redis.call('GET', KEYS[i]) or now), now)
  excess[i] = full[i] + ARGV[2 * i + 1] - now - ARGV[2 * i]
  if ARGV[1] == 'take' and excess[i] > 0 then fits = false end
end
local reply = {}
for i = 1, #KEYS do
  if fits then
    full[i] = full[i] + sign * ARGV[2 * i + 1]
    if full[i] > now then
      redis.call('SET', KEYS[i], string.format('%.0f', full[i]), 'PX', math.ceil((full[i] - now) / 1000))
    else
      redis.call('DEL', KEYS[i])
    end
  end
  reply[2 * i - 1] = string.format('%.0f', math.max(0, full[i] - now))
  reply[2 * i] = string.format('%.0f', math.max(0, excess[i]))
end
return reply
`
const digest = createHash('sha1').update(script).digest('hex')
