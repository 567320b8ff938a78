import { createFeed, type Feed, type FeedSource } from './feed.ts'
import type { JsonObject } from './json.ts'

/** What somebody wants to listen to. */
export type Listening = {
  /** Subgraph, operation, variables but for the cursor, and on whose behalf: what must be equal to be shared. */
  key: string
  /** Absent where events have no cursors. */
  cursorOf: ((event: JsonObject) => unknown) | undefined
  /** After which cursor; undefined: from the beginning. */
  from: unknown
  /** Opens an upstream and answers how to leave it. `ended` comes last, with an event that says why, if any. */
  open(sink: { next(event: JsonObject): void; ended(last?: JsonObject): void }): () => void
}

export type SharedUpstreams = {
  listen(to: Listening): Feed
  /** How many listen, and how many upstreams are open for them. */
  count(): { clients: number; subgraphs: number }
  stop(): void
}

type Upstream = { members: Set<FeedSource>; place: string | undefined; leave: () => void }

/**
 * Opens one upstream for all who listen to the same at the same position. Two upstreams carry the same events from
 * now on exactly where both have passed on all up to the same cursor: only there one is joined, and when one comes to
 * where another stands the two become one. An upstream whose events have no cursors can be joined until its first.
 * Each listener has a queue of its own; the upstream closes when the last one leaves.
 */
export function sharedUpstreams(): SharedUpstreams {
  const all = new Set<Upstream>()
  const standing = new Map<string, Upstream>()
  const upstreamOf = new Map<FeedSource, Upstream>()

  const moveOn = (upstream: Upstream, place: string | undefined) => {
    if (upstream.place && standing.get(upstream.place) === upstream) standing.delete(upstream.place)
    upstream.place = place
    if (place) standing.set(place, upstream)
  }
  const close = (upstream: Upstream) => {
    moveOn(upstream, undefined)
    all.delete(upstream)
    upstream.leave()
  }
  const join = (member: FeedSource, upstream: Upstream) => {
    upstream.members.add(member)
    upstreamOf.set(member, upstream)
  }
  const leave = (member: FeedSource) => {
    const upstream = upstreamOf.get(member)
    upstreamOf.delete(member)
    upstream?.members.delete(member)
    if (upstream?.members.size === 0) close(upstream)
  }
  const merge = (upstream: Upstream, other: Upstream) => {
    for (const member of upstream.members) join(member, other)
    upstream.members.clear()
    close(upstream)
  }
  const open = ({ key, cursorOf, from, open: connect }: Listening): Upstream => {
    const upstream: Upstream = { members: new Set(), place: undefined, leave: () => {} }
    all.add(upstream)
    moveOn(upstream, placeOf(key, from))
    upstream.leave = connect({
      next(event) {
        for (const member of upstream.members) member.push(event)
        if (!all.has(upstream)) return
        const cursor = cursorOf?.(event)
        const place = cursor === undefined ? undefined : placeOf(key, cursor)
        const other = place && standing.get(place)
        if (other && other !== upstream) merge(upstream, other)
        else moveOn(upstream, place)
      },
      ended(last) {
        for (const member of upstream.members) {
          if (last) member.push(last)
          member.end()
          upstreamOf.delete(member)
        }
        upstream.members.clear()
        close(upstream)
      },
    })
    return upstream
  }

  return {
    listen(to) {
      const { key, cursorOf, from } = to
      const member: FeedSource = createFeed({
        key,
        from: cursorOf && { cursor: from },
        cursorOf: cursorOf ?? (() => undefined),
        left: () => leave(member),
      })
      join(member, standing.get(placeOf(key, from)) ?? open(to))
      return member.feed
    },
    count: () => ({ clients: upstreamOf.size, subgraphs: all.size }),
    stop() {
      for (const upstream of all) {
        for (const member of upstream.members) member.end()
        close(upstream)
      }
    },
  }
}

const placeOf = (key: string, cursor: unknown) => `${JSON.stringify(cursor ?? null)} ${key}`
