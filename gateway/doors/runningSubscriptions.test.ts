import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { approvalsSdl, ask, hrSdl, socketClient, startTestbed, type Testbed } from '../testing/testbed.ts'

// A gateway of its own, and each supergraph, takes seconds on a busy machine.
vi.setConfig({ testTimeout: 30_000 })
const scarce = { perSecond: 0.001, burst: 12 }

let bed: Testbed
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'running-'))
  await contract('hr', hrSdl)
  await contract('approvals', approvalsSdl)
  bed = await startTestbed(() => ({
    WATCH_SUBGRAPHS: folder,
    RATE_LIMITS: JSON.stringify({ cost: scarce }),
    MAX_COST: '12',
    FORWARD_HEADERS: '["accept-language"]',
  }))
})
afterAll(async () => {
  await bed.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  bed.approvals.seen.length = 0
})

async function contract(name: string, sdl: string) {
  await mkdir(join(folder, name), { recursive: true })
  await writeFile(join(folder, name, 'schema.graphql'), sdl)
}

let people = 0
/** Somebody whose quotas and upstreams nobody else shares. */
const somebody = () => bed.issuer.token({ sub: `a-${++people}` })

/** Subscribes; `accepted` resolves where that opens an upstream. */
async function listen(token: string, query = 'subscription { awaiting { cursor } }') {
  const client = socketClient(bed, token)
  const accepted = once(bed.approvals.live, 'subscribed')
  const events = client.iterate<{ awaiting: { cursor: number } }>({ query })
  const first = events.next()
  return { client, events, first, accepted }
}

let windows = 0
/** Subscribes by server-sent events, each time from a client of another name. */
const stream = (token: string, language: string, signal: AbortSignal) =>
  fetch(`${bed.gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${token}`,
      'accept-language': language,
      // By these nobody answers anything else.
      'apollographql-client-name': `window-${++windows}`,
    },
    body: JSON.stringify({ query: 'subscription { awaiting { cursor } }' }),
    signal,
  })

const metrics = async () => (await fetch(`${bed.gateway.url}/metrics`)).text()
const emit = (cursor: number) => bed.approvals.live.emit('awaiting', { cursor, subject: { id: '7' } })
const reasonOf = (result: IteratorResult<{ errors?: readonly unknown[] | undefined }, unknown>) =>
  (result.value as { errors?: { extensions: { reason?: string } }[] } | undefined)?.errors?.[0]?.extensions.reason

async function swapped(field: string, contracts: () => Promise<void>) {
  await contracts()
  await contract('hr', hrSdl.replace('slow: String', `slow: String\n    ${field}: String`))
  const query = '{ __type(name: "Query") { fields { name } } }'
  await vi.waitFor(async () => expect(JSON.stringify((await ask(bed, query)).body)).toContain(`"${field}"`))
}

describe('clients of one identity that subscribe to the same', () => {
  it('share one upstream, which ends with the last of them; somebody else has one of their own', async () => {
    const token = await somebody()
    const one = await listen(token)
    await one.accepted
    const two = await listen(token)
    const other = await listen(await somebody())
    await other.accepted
    await vi.waitFor(async () => expect(await metrics()).toMatch(/gateway_subscriptions\{[^}]*"clients"[^}]*\} 3/))
    expect(await metrics()).toMatch(/gateway_subscriptions\{[^}]*"subgraphs"[^}]*\} 2/)
    expect(bed.approvals.seen.length).toBe(2)

    emit(1)
    for (const { first } of [one, two, other])
      expect((await first).value).toEqual({ data: { awaiting: { cursor: 1 } } })
    expect(bed.approvals.live.listenerCount('awaiting')).toBe(2)
    // What subgraphs are sent of a client's headers may change what they answer.
    const leaving = new AbortController()
    const bodies = ['de', 'de', 'fr'].map((language) => stream(token, language, leaving.signal))
    await Promise.all(bodies)
    await vi.waitFor(async () => expect(await metrics()).toMatch(/gateway_subscriptions\{[^}]*"clients"[^}]*\} 6/))
    expect(await metrics()).toMatch(/gateway_subscriptions\{[^}]*"subgraphs"[^}]*\} 4/)
    leaving.abort()
    await vi.waitFor(async () => expect(await metrics()).toMatch(/gateway_subscriptions\{[^}]*"subgraphs"[^}]*\} 2/))

    await one.client.dispose()
    const left = once(bed.approvals.live, 'left')
    await two.client.dispose()
    await left
    await other.client.dispose()
  })
})

describe('an event', () => {
  it('draws on the quota of costs, and ends the subscription where that is used up', async () => {
    // 1 of 12 is taken as it begins, and 1 by each event.
    const { events, first, accepted, client } = await listen(await somebody())
    await accepted
    emit(1)
    expect((await first).value).toEqual({ data: { awaiting: { cursor: 1 } } })
    for (let cursor = 2; cursor <= 11; cursor++) {
      emit(cursor)
      expect((await events.next()).value).toEqual({ data: { awaiting: { cursor } } })
    }
    emit(12)
    expect(reasonOf(await events.next())).toBe('RATE_LIMIT_EXCEEDED')
    expect((await events.next()).done).toBe(true)
    await client.dispose()
  })
})

describe('a swapped supergraph', () => {
  it('lets a subscription go on that it still allows, on the upstream it has', async () => {
    const { events, first, accepted, client } = await listen(await somebody())
    await accepted
    emit(1)
    await first
    await swapped('first', async () => {})
    emit(2)
    expect((await events.next()).value).toEqual({ data: { awaiting: { cursor: 2 } } })
    expect(bed.approvals.seen.length).toBe(1)
    await client.dispose()
  })

  it('has it go on from its cursor where it asks something else of the subgraph', async () => {
    const { events, first, accepted, client } = await listen(
      await somebody(),
      'subscription { awaiting(after: 3) { cursor } }',
    )
    expect(await accepted).toEqual([3])
    emit(4)
    await first
    const again = once(bed.approvals.live, 'subscribed')
    await swapped('other', () => contract('approvals', approvalsSdl.replace('after: Int', 'after: Int!')))
    expect(await again).toEqual([4])
    emit(5)
    expect((await events.next()).value).toEqual({ data: { awaiting: { cursor: 5 } } })
    await client.dispose()
    await swapped('back', () => contract('approvals', approvalsSdl))
  })

  it('ends one at once that its reader may not read any more, and one that is no longer valid, with the reason', async () => {
    const sdl = approvalsSdl.replace('awaiting(after: Int): Awaiting!', '$& @requiresScopes(scopes: [["new:scope"]])')
    const { events, first, accepted } = await listen(await somebody())
    await accepted
    await swapped('second', () => contract('approvals', sdl))
    expect(reasonOf(await first)).toBe('OPERATION_FORBIDDEN')
    expect((await events.next()).done).toBe(true)

    const reader = await listen(await bed.issuer.token({ sub: 'a-reader', scope: 'new:scope' }))
    await reader.accepted
    await swapped('third', () => contract('approvals', sdl.replace('awaiting(', 'waiting(')))
    expect((await reader.first).value).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    })
    expect((await reader.events.next()).done).toBe(true)
    await vi.waitFor(() => expect(bed.approvals.live.listenerCount('awaiting')).toBe(0))
  })
})
