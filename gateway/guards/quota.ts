/**
 * A share of what a quota allows, asked for under its key. A quota lets through `burst` units at once and gives
 * `perSecond` of them back each second.
 */
export type Quota = { key: string; perSecond: number; burst: number; weight: number }

/** How a quota stands after it was asked: whole units left, and the time until all of them are back. */
export type Standing = {
  remaining: number
  resetMs: number
  /** How long to wait until what was asked for fits. 0 when it fitted; endless when it is more than the burst. */
  waitMs: number
}

/**
 * Lets through or holds back. The quotas of one request are taken together or not at all: a request that one of them
 * denies does not use up the others.
 */
export type Limiter = {
  take(quotas: readonly Quota[]): Promise<readonly Standing[]>
  /**
   * Corrects what was taken, once it is known what it should have been: a weight above zero is given back, one below
   * zero is taken on top, whatever the quota holds. Never gives more than the burst.
   */
  giveBack(quotas: readonly Quota[]): Promise<void>
}

/** Whether a request that found its quotas so may pass. */
export function allowed(standings: readonly Standing[]): boolean {
  return standings.every(({ waitMs }) => waitMs === 0)
}

/*
 * The generic cell rate algorithm (ITU-T I.371). A quota is one number, the time at which all of its units will be
 * back. Taking moves that time onwards, and is allowed while it lies no further ahead than the whole burst takes to
 * come back. There are no windows, so no boundary at which twice the burst could pass.
 * All times are microseconds, as Redis tells them; they fit a double until the year 2255.
 */

/** The microseconds in which one unit comes back: whole ones, so that sums are exact, and never too few. */
export function intervalUs({ perSecond }: Quota): number {
  return Math.ceil(1_000_000 / perSecond)
}

/** Where a quota stands whose units are all back at `fullAt`, when `weight` more is asked for. */
export function ask(quota: Quota, fullAt: number, now: number): { fullAt: number; excessUs: number } {
  const interval = intervalUs(quota)
  const next = Math.max(fullAt, now) + quota.weight * interval
  return { fullAt: next, excessUs: Math.max(0, next - now - quota.burst * interval) }
}

/** How a quota stands, told to whoever asked it. */
export function standing(quota: Quota, fullAt: number, now: number, excessUs: number): Standing {
  const interval = intervalUs(quota)
  const usedUs = Math.max(0, fullAt - now)
  return {
    remaining: Math.max(0, Math.floor(quota.burst - usedUs / interval)),
    resetMs: Math.ceil(usedUs / 1_000),
    waitMs: quota.weight > quota.burst ? Number.POSITIVE_INFINITY : Math.ceil(excessUs / 1_000),
  }
}
