import { isObject, type JsonObject } from './json.ts'

/** What a subgraph's stream carries, one by one: GraphQL results as plain JSON. */
export type Events = { next(): Promise<IteratorResult<JsonObject, undefined>>; return(): Promise<void> }

/**
 * The events that one subscription has still to take. It outlives the supergraph it was begun on: whoever executes the
 * subscription on another one reads on from here.
 */
export type Feed = {
  /** What is listened to; two feeds of one key at one position carry the same events. */
  readonly key: string
  /** The cursor of the event that was taken last, or where it began. Absent where its events have none. */
  position(): { cursor: unknown } | undefined
  /** Takes over the reading: the reader before is told that there is no more. */
  read(): Events
  /** Leaves: nothing more comes, and what was not taken is dropped. */
  close(): void
}

/** The other end of a feed. */
export type FeedSource = {
  feed: Feed
  push(event: JsonObject): void
  /** Nothing comes after what was pushed before. */
  end(): void
}

export type FeedOptions = {
  key: string
  /** Where it begins, where its events have cursors. */
  from: { cursor: unknown } | undefined
  cursorOf: (event: JsonObject) => unknown
  /** Hears that nobody listens any more. */
  left(): void
}

/** So many events wait for a subscriber that is slower than they come; then it is told to come back later. */
export const eventsKept = 256

/** A queue between a shared upstream and one of those who listen to it: who is slow holds up nobody else. */
export function createFeed({ key, from, cursorOf, left }: FeedOptions): FeedSource {
  let waiting: JsonObject[] = []
  let position = from
  let ended = false
  let reader: object | undefined
  let wanted: ((result: IteratorResult<JsonObject, undefined>) => void) | undefined

  const hand = (result: IteratorResult<JsonObject, undefined>) => {
    const waiter = wanted
    wanted = undefined
    waiter?.(result)
  }
  const taken = (event: JsonObject): IteratorResult<JsonObject, undefined> => {
    const cursor = cursorOf(event)
    if (position && cursor !== undefined) position = { cursor }
    return { done: false, value: event }
  }
  const close = () => {
    if (!ended) left()
    ended = true
    waiting = []
    hand(done)
  }
  const push = (event: JsonObject) => {
    if (ended) return
    if (wanted) return hand(taken(event))
    waiting.push(event)
    if (waiting.length <= eventsKept) return
    ended = true
    waiting = [tooSlow]
    left()
  }

  return {
    push,
    end() {
      ended = true
      hand(done)
    },
    feed: {
      key,
      position: () => position,
      close,
      read() {
        const own = {}
        reader = own
        hand(done)
        return {
          async next() {
            if (reader !== own) return done
            const event = waiting.shift()
            if (event) return taken(event)
            if (ended) return done
            return new Promise((resolve) => {
              wanted = resolve
            })
          },
          async return() {
            if (reader === own) close()
          },
        }
      },
    },
  }
}

const done: IteratorResult<JsonObject, undefined> = { done: true, value: undefined }

const tooSlow: JsonObject = {
  errors: [
    {
      message: `more than ${eventsKept} events waited to be taken; subscribe again from the last cursor`,
      extensions: { code: 'UNAVAILABLE', reason: 'SUBSCRIPTION_TOO_SLOW' },
    },
  ],
}

/** The value at a key of an event's data, which may be missing. */
export function inData(event: JsonObject, key: string): unknown {
  return isObject(event.data) ? event.data[key] : undefined
}
