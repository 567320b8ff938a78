import type { FormattedExecutionResult } from 'graphql'
import { expect, it, vi } from 'vitest'
import { Denied } from './denied.ts'
import { guardEvents, stillValid } from './guardedEvents.ts'

type Event = FormattedExecutionResult

function stage(allow: () => Promise<void>) {
  const left = vi.fn()
  const numbers = [1, 2, 3].values()
  const events: AsyncIterableIterator<Event> = {
    [Symbol.asyncIterator]: () => events,
    async next() {
      const { done, value } = numbers.next()
      return done ? { done, value: undefined } : { done: false, value: { data: { n: value } } }
    },
    async return() {
      left()
      return { done: true, value: undefined }
    },
  }
  const denied = vi.fn()
  const complete = (event: Event): Event => ({ ...event, extensions: { completed: true } })
  return { left, denied, guarded: guardEvents(events, { allow, complete, denied }) }
}

it('an event that is denied is replaced by the reason; the subscription ends and is left', async () => {
  const rights = { left: 1 }
  const { guarded, left, denied } = stage(async () => {
    if (rights.left-- > 0) return
    throw new Denied(403, 'FORBIDDEN', 'RIGHTS_CHANGED', 'no more')
  })
  expect((await guarded.next()).value).toEqual({ data: { n: 1 }, extensions: { completed: true } })
  const last = await guarded.next()
  expect(last).toMatchObject({ done: false, value: { errors: [{ extensions: { reason: 'RIGHTS_CHANGED' } }] } })
  expect(JSON.stringify(last)).not.toContain('"n"')
  expect(await guarded.next()).toEqual({ done: true, value: undefined })
  expect([left.mock.calls.length, denied.mock.calls.length]).toEqual([1, 1])
})

it('nothing is told by a token that has expired', () => {
  const at = new Date('2026-11-23T12:00:00Z')
  expect(() => stillValid(new Date(at.getTime() + 1), at)).not.toThrow()
  expect(() => stillValid(at, at)).toThrow(expect.objectContaining({ status: 401, reason: 'TOKEN_EXPIRED' }))
})
