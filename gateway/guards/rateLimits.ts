import type { Log } from '@steinmetz/kernel/telemetry'
import { Denied } from './denied.ts'
import type { Limiter, Quota, Standing } from './quota.ts'

/**
 * What is limited, each by a quota of its own:
 * - `anonymous`: requests of an address that brings no valid token;
 * - `query`, `mutation`, `subscription`: requests of a client, which is an account of a tenant;
 * - `tenant`: requests of all clients of a tenant together;
 * - `cost`: the cost of a client's operations.
 */
export const rateClasses = ['anonymous', 'query', 'mutation', 'subscription', 'tenant', 'cost'] as const
export type RateClass = (typeof rateClasses)[number]

/**
 * How much a class lets through, and what holds while Redis is away: `local` limits each gateway for itself, so that
 * several of them let through a multiple; `open` lets everything through; `closed` lets nothing through.
 */
export type Rate = { perSecond: number; burst: number; withoutRedis: 'local' | 'open' | 'closed' }

/** What a request asks of one class: `of` whose quota it is, `weight` how much of it. */
export type Demand = { class: RateClass; of: string; weight: number }

/** What a request is told of its quotas, as headers of the answer. */
export type RateHeaders = Readonly<Record<string, string>>

export type RateLimits = {
  /**
   * Takes what a request demands, all of it or nothing. Denies with 429 RATE_LIMIT_EXCEEDED, or with 503
   * RATE_LIMITER_UNAVAILABLE where Redis is away and a class is closed without it. `tenant` keeps the quotas of one
   * request together, as a cluster of Redis demands.
   */
  take(tenant: string, demands: readonly Demand[]): Promise<RateHeaders>
  /** Gives back what was taken and not used; a weight below zero takes more. Failures are logged, not told. */
  giveBack(tenant: string, demand: Demand): Promise<void>
}

export type RateLimitOptions = {
  rates: Readonly<Record<RateClass, Rate>>
  /** Shared by all gateways; absent where there is no Redis. Rejects when Redis is away. */
  shared?: Limiter | undefined
  /** This process's own. */
  local: Limiter
  /** Hears which class denied, or `unavailable`. */
  denied?(by: RateClass | 'unavailable'): void
  log: Log
}

/** Limits requests by the quotas of their classes, shared through Redis where there is one. */
export function createRateLimits({ rates, shared, local, denied, log }: RateLimitOptions): RateLimits {
  let away = false
  const quotaOf = (tenant: string, { class: named, of, weight }: Demand): Quota => {
    const { perSecond, burst } = rates[named]
    return { key: `rate:{${tenant}}:${named}:${of}`, perSecond, burst, weight }
  }

  const withoutRedis = async (tenant: string, demands: readonly Demand[]) => {
    if (demands.some((demand) => rates[demand.class].withoutRedis === 'closed')) {
      denied?.('unavailable')
      const message = 'The limits that hold for you cannot be looked up'
      throw new Denied(503, 'UNAVAILABLE', 'RATE_LIMITER_UNAVAILABLE', message, { 'retry-after': '5' })
    }
    const limited = demands.filter((demand) => rates[demand.class].withoutRedis === 'local')
    return { limited, standings: await local.take(limited.map((demand) => quotaOf(tenant, demand))) }
  }

  const asked = async (tenant: string, demands: readonly Demand[]) => {
    const quotas = demands.map((demand) => quotaOf(tenant, demand))
    if (!shared) return { limited: demands, standings: await local.take(quotas) }
    try {
      const standings = await shared.take(quotas)
      if (away) log.info('Redis is back; quotas are shared again')
      away = false
      return { limited: demands, standings }
    } catch (error) {
      // Told once, not by each request: it is away for all of them.
      if (!away) log.warn({ err: error }, 'Redis is away; each class falls back to what is configured for it')
      away = true
      return withoutRedis(tenant, demands)
    }
  }

  return {
    async take(tenant, demands) {
      const { limited, standings } = await asked(tenant, demands)
      const told = limited.map((demand, at) => ({ demand, rate: rates[demand.class], standing: standings[at] }))
      const headers = rateHeaders(told)
      const [slowest] = told.toSorted((one, other) => waitOf(other.standing) - waitOf(one.standing))
      if (!slowest || waitOf(slowest.standing) === 0) return headers
      denied?.(slowest.demand.class)
      throw tooMany(slowest.demand, waitOf(slowest.standing), headers)
    },
    async giveBack(tenant, demand) {
      const quotas = [quotaOf(tenant, demand)]
      await (shared ?? local).giveBack(quotas).catch((error: unknown) => {
        log.debug({ err: error }, 'a quota was not given back')
      })
    },
  }
}

function waitOf(standing: Standing | undefined): number {
  return standing?.waitMs ?? 0
}

function tooMany(demand: Demand, waitMs: number, headers: RateHeaders): Denied {
  const seconds = String(Math.max(1, Math.ceil(waitMs / 1_000)))
  const message = `The quota "${demand.class}" is used up`
  return new Denied(429, 'UNAVAILABLE', 'RATE_LIMIT_EXCEEDED', message, {
    ...headers,
    // What is more than the quota ever holds is no matter of waiting.
    ...(Number.isFinite(waitMs) && { 'retry-after': seconds }),
  })
}

type Told = { demand: Demand; rate: Rate; standing: Standing | undefined }

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers-11: each quota's policy, of `q` units that come back within `w`
 * seconds, and what is left of it, `r` units, the whole again in `t` seconds.
 */
function rateHeaders(told: readonly Told[]): RateHeaders {
  if (told.length === 0) return {}
  const policies = told.map(({ demand, rate: { burst, perSecond } }) => {
    return `"${demand.class}";q=${burst};w=${Math.max(1, Math.ceil(burst / perSecond))}`
  })
  const limits = told.map(({ demand, standing }) => {
    return `"${demand.class}";r=${standing?.remaining ?? 0};t=${Math.ceil((standing?.resetMs ?? 0) / 1_000)}`
  })
  return { 'ratelimit-policy': policies.join(', '), ratelimit: limits.join(', ') }
}
