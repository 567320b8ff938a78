import type { FormattedExecutionResult } from 'graphql'
import { Denied } from './denied.ts'

type Event = FormattedExecutionResult

export type EventGuard = {
  /** Looks anew whether an event may still be told. Denies where not. */
  allow(): Promise<void>
  /** Makes an event the answer to what was asked. */
  complete(event: Event): Event
  denied(denial: Denied): void
}

/**
 * Holds each event to the rights its reader has when it is told, not when the subscription began. The first one denied
 * is replaced by the reason, and the subscription ends.
 *
 * Not a generator: its `return` would wait for the event under way, which may never come.
 */
export function guardEvents(events: AsyncIterableIterator<Event>, guard: EventGuard): AsyncIterableIterator<Event> {
  let over = false
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const event = over ? ended : await events.next()
      if (event.done) return event
      try {
        await guard.allow()
        return { done: false, value: guard.complete(event.value) }
      } catch (error) {
        if (!(error instanceof Denied)) throw error
        guard.denied(error)
        over = true
        await events.return?.()
        return { done: false, value: error.result as unknown as Event }
      }
    },
    async return() {
      await events.return?.()
      return ended
    },
  }
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Denies what was allowed until the token expired. */
export function stillValid(expiresAt: Date, now: Date): void {
  if (expiresAt > now) return
  throw new Denied(401, 'UNAUTHENTICATED', 'TOKEN_EXPIRED', 'The token has expired')
}

/** The denial of a subscription whose reader may no longer, or not only, read what it began with. */
export function rightsChanged(): Denied {
  return new Denied(403, 'FORBIDDEN', 'RIGHTS_CHANGED', 'What you may read has changed: subscribe from the last cursor')
}
