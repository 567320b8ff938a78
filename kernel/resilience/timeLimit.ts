import { TaskCancelledError, TimeoutStrategy, timeout } from 'cockatiel'
import { fault } from '../errors/index.ts'

/**
 * Gives a call `ms` milliseconds. Then its signal is aborted, and the Fault TIMED_OUT is thrown whether the call heeds
 * the signal or not: a call that hangs never holds up its caller. `what` names the callee in the message.
 */
export function timeLimit(what: string, ms: number): <T>(call: (signal: AbortSignal) => Promise<T>) => Promise<T> {
  const policy = timeout(ms, TimeoutStrategy.Aggressive)
  return (call) =>
    policy
      .execute(({ signal }) => call(signal))
      .catch((error: unknown) => {
        throw error instanceof TaskCancelledError
          ? fault('TIMED_OUT', `${what} did not answer within ${ms} ms`, { cause: error })
          : error
      })
}
