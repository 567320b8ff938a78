import { Denied } from './denied.ts'

/** How long an executor may take to answer with what it has, once time is up. */
const graceMs = 1_000

/**
 * Waits for an answer no longer than its signal allows, and a little more: an executor whose time is up answers by
 * itself with the part it has. One that hangs is left behind with 504 DEADLINE_EXCEEDED.
 */
export function withinDeadline<T>(answer: Promise<T>, signal: AbortSignal, grace = graceMs): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let timer: NodeJS.Timeout | undefined
  const over = () => {
    const message = 'The request took longer than it may'
    timer = setTimeout(() => reject(new Denied(504, 'UNAVAILABLE', 'DEADLINE_EXCEEDED', message)), grace)
  }
  signal.addEventListener('abort', over, { once: true })
  if (signal.aborted) over()
  answer.then(resolve, reject)
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', over)
  })
}
