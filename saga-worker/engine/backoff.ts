/** How often and how patiently an unanswered command is sent again. */
export type Retry = {
  /** Upper bound of the first pause. */
  readonly firstMs: number
  /** Upper bound of every pause. */
  readonly mostMs: number
  /** After so many unanswered attempts the saga is stuck, and a person is called. */
  readonly attempts: number
}

/**
 * Bears an outage of about four hours: 11 doublings to five minutes, then 89 pauses of 2.5 minutes on average. It is the
 * one retry loop of whatever a saga sends, to systems outside too: a sending is one call, and nothing below retries.
 */
export const patientRetry: Retry = { firstMs: 200, mostMs: 300_000, attempts: 100 }

/**
 * The pause behind the nth unanswered attempt (from 1): exponential with full jitter, so that a thousand
 * sagas which failed together do not come back together. `random` is from 0 to below 1.
 */
export function pauseMs(nth: number, random: number, { firstMs, mostMs }: Retry = patientRetry): number {
  // 2^40 is beyond any bound; a larger exponent would only overflow.
  return Math.round(random * Math.min(mostMs, firstMs * 2 ** Math.min(nth - 1, 40)))
}
