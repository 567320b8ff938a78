import { describe, expect, it } from 'vitest'
import { eventsKept } from './feed.ts'
import type { JsonObject } from './json.ts'
import { type Listening, sharedUpstreams } from './sharedUpstreams.ts'

type Sink = Parameters<Listening['open']>[0]
type Opened = { from: unknown; sink: Sink; open: boolean }

const event = (cursor: number): JsonObject => ({ data: { cursor } })
const cursorOf = ({ data }: JsonObject) => (data as { cursor?: number } | undefined)?.cursor

/** Upstreams whose subgraph is the test. */
function stage(cursors = true) {
  const opened: Opened[] = []
  const upstreams = sharedUpstreams()
  const listen = (from?: number, key = 'k') => {
    const feed = upstreams.listen({
      key,
      from,
      cursorOf: cursors ? cursorOf : undefined,
      open(sink) {
        const upstream = { from, sink, open: true }
        opened.push(upstream)
        return () => {
          upstream.open = false
        }
      },
    })
    return { feed, events: feed.read() }
  }
  const at = (n: number) => {
    const upstream = opened[n]
    if (!upstream) throw new Error(`no upstream ${n} was opened`)
    return upstream
  }
  return { listen, at, opened, upstreams }
}

async function take(events: { next(): Promise<IteratorResult<JsonObject, undefined>> }, count: number) {
  const taken: unknown[] = []
  for (let n = 0; n < count; n++) taken.push(cursorOf((await events.next()).value ?? {}))
  return taken
}

describe('an upstream', () => {
  it('is opened once for all who listen to the same from the same cursor, and left with the last of them', async () => {
    const { listen, at, opened } = stage()
    const [one, two] = [listen(5), listen(5)]
    expect(opened.length).toBe(1)
    at(0).sink.next(event(6))
    expect([await take(one.events, 1), await take(two.events, 1)]).toEqual([[6], [6]])
    await one.events.return()
    expect(at(0).open).toBe(true)
    await two.events.return()
    expect(at(0).open).toBe(false)
  })

  it('is not shared with another key or from another cursor', () => {
    const { listen, opened } = stage()
    listen(5)
    listen(6)
    listen(undefined)
    listen(5, 'of somebody else')
    expect(opened.length).toBe(4)
  })

  it('is not joined by who would have missed what it has passed on, until both stand at one event', async () => {
    const { listen, at, opened, upstreams } = stage()
    const early = listen(5)
    at(0).sink.next(event(6))
    const late = listen(5)
    expect(opened.map(({ from }) => from)).toEqual([5, 5])
    at(0).sink.next(event(7))
    at(1).sink.next(event(6))
    expect(upstreams.count()).toEqual({ clients: 2, subgraphs: 2 })
    at(1).sink.next(event(7))
    expect([at(0).open, at(1).open]).toEqual([true, false])
    expect(upstreams.count()).toEqual({ clients: 2, subgraphs: 1 })
    at(0).sink.next(event(8))
    expect(await take(early.events, 3)).toEqual([6, 7, 8])
    expect(await take(late.events, 3)).toEqual([6, 7, 8])
  })

  it('is joined by who comes back with the cursor of the event it passed on last', async () => {
    const { listen, at, opened } = stage()
    listen(5)
    at(0).sink.next(event(6))
    const back = listen(6)
    expect(opened.length).toBe(1)
    at(0).sink.next(event(7))
    expect(await take(back.events, 1)).toEqual([7])
  })

  it('whose events have no cursors is joined before its first event, and not after it', () => {
    const { listen, at, opened } = stage(false)
    listen()
    listen()
    expect(opened.length).toBe(1)
    at(0).sink.next(event(1))
    listen()
    expect(opened.length).toBe(2)
  })

  it('tells all who listen why it has ended', async () => {
    const { listen, at } = stage()
    const both = [listen(), listen()]
    const why = { errors: [{ message: 'gone' }] }
    at(0).sink.ended(why)
    for (const { events } of both) {
      expect((await events.next()).value).toEqual(why)
      expect((await events.next()).done).toBe(true)
    }
    expect(at(0).open).toBe(false)
  })
})

describe('who listens', () => {
  it('and is slow is told to come back later, and holds up nobody else', async () => {
    const { listen, at } = stage()
    const [slow, quick] = [listen(), listen()]
    for (let cursor = 1; cursor <= eventsKept + 1; cursor++) {
      at(0).sink.next(event(cursor))
      expect(await take(quick.events, 1)).toEqual([cursor])
    }
    expect((await slow.events.next()).value).toMatchObject({
      errors: [{ extensions: { reason: 'SUBSCRIPTION_TOO_SLOW' } }],
    })
    expect((await slow.events.next()).done).toBe(true)
    at(0).sink.next(event(900))
    expect(await take(quick.events, 1)).toEqual([900])
  })

  it('may be read on by another reader; the one before ends and takes nothing more', async () => {
    const { listen, at } = stage()
    const { feed, events } = listen(3)
    const waiting = events.next()
    const after = feed.read()
    expect((await waiting).done).toBe(true)
    at(0).sink.next(event(4))
    expect((await events.next()).done).toBe(true)
    await events.return()
    expect(feed.position()).toEqual({ cursor: 3 })
    expect(await take(after, 1)).toEqual([4])
    expect(feed.position()).toEqual({ cursor: 4 })
  })
})
