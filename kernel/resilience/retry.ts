import { ExponentialBackoff, type GeneratorFn, handleType, retry } from 'cockatiel'

export type RetryOptions = {
  /** Whether a failure passes by itself, so that the same call may be made again. It must be safe to repeat. */
  when(error: unknown): boolean
  /** Calls after the first. Default 3. */
  retries?: number
  /** Milliseconds before the first of them, doubled each time and spread by chance. Default 200. */
  firstDelayMs?: number
  /** Shared by the callers of one callee. Default: none, every call may be repeated. */
  budget?: RetryBudget
}

/** Repeats a call that failed for a reason that passes. After the last one its error is thrown, as it came. */
export function retrying({
  when,
  retries = 3,
  firstDelayMs = 200,
  budget,
}: RetryOptions): <T>(call: () => Promise<T>, signal?: AbortSignal) => Promise<T> {
  const policy = retry(handleType(Passing), {
    maxAttempts: retries,
    backoff: new ExponentialBackoff({ initialDelay: firstDelayMs, exponent: 2, generator: spread }),
  })
  const judged = (error: unknown) => (when(error) ? new Passing(error) : error)
  return async (call, signal) => {
    budget?.earn()
    let last: unknown
    try {
      // Nearly every call succeeds, so the policy is not troubled before one has failed.
      return await call()
    } catch (error) {
      last = judged(error)
    }
    return policy
      .execute(async ({ attempt }) => {
        if (attempt === 0) throw last
        // Without budget the error that has brought us here is the answer, and no retry follows.
        if (budget && !budget.spend()) throw last instanceof Passing ? last.cause : last
        return call().catch((error: unknown) => {
          last = judged(error)
          throw last
        })
      }, signal)
      .catch((error: unknown) => {
        throw error instanceof Passing ? error.cause : error
      })
  }
}

/** A failure that passes by itself, as the caller has judged; `cause` is what the call threw. */
class Passing extends Error {
  constructor(cause: unknown) {
    super('the call failed for a reason that passes', { cause })
  }
}

/** From half of the delay to all of it: callers that failed together do not come back together. */
const spread: GeneratorFn<number> = (attempt, { initialDelay, exponent }) => {
  const delay = initialDelay * exponent ** (attempt ?? 0)
  return [delay / 2 + (delay / 2) * chance(), (attempt ?? 0) + 1]
}

// Nothing is decided by it but when a retry is sent.
const chance = Math.random

export type RetryBudget = {
  /** Notes a first call. */
  earn(): void
  /** Takes a retry from the budget, or answers false. */
  spend(): boolean
}

/**
 * Bounds retries to a share of the calls, so that a callee in trouble is not sent a multiple of its load: each call
 * earns `ratio` of a retry, saved up to `most`. Begins full.
 */
export function retryBudget({ ratio = 0.1, most = 10 } = {}): RetryBudget {
  let saved = most
  return {
    earn() {
      saved = Math.min(most, saved + ratio)
    },
    spend() {
      if (saved < 1) return false
      saved -= 1
      return true
    },
  }
}
