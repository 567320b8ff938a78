import { once } from 'node:events'
import type { FormattedExecutionResult } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import WebSocket from 'ws'
import { socketClient, startTestbed, type Testbed } from '../testing/testbed.ts'

// A gateway of its own takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

let bed: Testbed
beforeAll(async () => {
  bed = await startTestbed(() => ({ MAX_SUBSCRIPTIONS: '2', MAX_BODY_BYTES: '5000' }))
})
afterAll(() => bed.stop())
beforeEach(() => {
  bed.hr.seen.length = 0
  bed.approvals.seen.length = 0
})

const withNames = 'subscription S($after: Int) { mine: awaiting(after: $after) { cursor subject { id name } } }'

/** Subscribes and answers once the subgraph has heard of it. */
async function listen(query: string, variables: Record<string, unknown> = {}, token?: string) {
  const client = socketClient(bed, token)
  const subscribed = once(bed.approvals.live, 'subscribed')
  const events = client.iterate({ query, variables })
  const first = events.next()
  const [after] = await subscribed
  return { client, events, first, after }
}

/** A subscriber without a library: it reads no more than it wants to. */
async function rawSubscriber(query: string): Promise<WebSocket> {
  const socket = new WebSocket(`${bed.gateway.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${bed.token}` } }))
  await once(socket, 'message')
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  return socket
}

/** The close event that ends a subscription. */
function closingOf(client: ReturnType<typeof socketClient>, query: string): Promise<{ code: number; reason: string }> {
  return new Promise((resolve, reject) => {
    client.subscribe(
      { query },
      { next() {}, error: (error) => resolve(error as never), complete: () => reject(new Error()) },
    )
  })
}

function resultOf(client: ReturnType<typeof socketClient>, query: string): Promise<FormattedExecutionResult> {
  return new Promise((resolve, reject) => {
    client.subscribe(
      { query },
      { next: (result) => resolve(result as FormattedExecutionResult), error: reject, complete() {} },
    )
  })
}

describe('a subscription', () => {
  it('is forwarded to the subgraph that owns it, and each event is completed by the others', async () => {
    const { client, events, first, after } = await listen(withNames, { after: 5 })
    expect(after).toBe(5)
    bed.approvals.live.emit('awaiting', { cursor: 6, subject: { id: '7' } })
    expect((await first).value).toEqual({ data: { mine: { cursor: 6, subject: { id: '7', name: 'Employee 7' } } } })
    bed.approvals.live.emit('awaiting', { cursor: 7, subject: { id: '8' } })
    expect((await events.next()).value).toMatchObject({ data: { mine: { subject: { name: 'Employee 8' } } } })

    const [{ token, headers }] = bed.approvals.seen as [(typeof bed.approvals.seen)[0]]
    expect(token).toMatchObject({ sub: 'gateway', on_behalf_of: { account: 'a-1' } })
    expect(Number(token.exp) - Number(token.iat)).toBeLessThanOrEqual(60)
    expect(headers).toMatchObject({ 'x-request-id': expect.any(String), traceparent: expect.any(String) })
    await client.dispose()
  })

  it('ends at the subgraph as soon as the client leaves', async () => {
    const left = once(bed.approvals.live, 'left')
    const { client } = await listen('subscription { awaiting { cursor } }')
    await client.dispose()
    await left
  })

  it('ends at the subgraph as well when the client is gone without a word', async () => {
    const left = once(bed.approvals.live, 'left')
    const subscribed = once(bed.approvals.live, 'subscribed')
    const socket = await rawSubscriber('subscription { awaiting { cursor } }')
    await subscribed
    socket.terminate()
    await left
  })

  it('of a client that reads nothing ends with the reason, and holds up nobody who shares its upstream', async () => {
    const query = 'subscription { awaiting { cursor subject { id } } }'
    const subscribed = once(bed.approvals.live, 'subscribed')
    const slow = await rawSubscriber(query)
    await subscribed
    slow.pause()
    const client = socketClient(bed)
    const events = client.iterate<{ awaiting: { cursor: number } }>({ query })
    const first = events.next()
    const figures = async () => (await fetch(`${bed.gateway.url}/metrics`)).text()
    await vi.waitFor(async () => expect(await figures()).toMatch(/gateway_subscriptions\{[^}]*"clients"[^}]*\} 2/))
    expect(await figures()).toMatch(/gateway_subscriptions\{[^}]*"subgraphs"[^}]*\} 1/)

    // So many and so large that neither the sockets' buffers nor the queue holds them.
    const id = 'x'.repeat(100_000)
    const emit = (cursor: number) => bed.approvals.live.emit('awaiting', { cursor, subject: { id } })
    emit(1)
    await first
    for (let cursor = 2; cursor <= 450; cursor++) {
      emit(cursor)
      expect((await events.next()).value?.data?.awaiting.cursor).toBe(cursor)
    }
    expect(await figures()).toMatch(/gateway_subscriptions\{[^}]*"clients"[^}]*\} 1/)
    const last = new Promise<string>((resolve) => {
      slow.on('message', (message) => String(message).includes('SUBSCRIPTION_TOO_SLOW') && resolve(String(message)))
    })
    slow.resume()
    expect(await last).toContain('UNAVAILABLE')
    slow.terminate()
    await client.dispose()
  })

  it('passes on why the subgraph refuses it', async () => {
    const client = socketClient(bed)
    expect(await resultOf(client, 'subscription { forbidden }')).toMatchObject({
      errors: [{ message: 'approvals:decide is needed', extensions: { code: 'INTERNAL', service: 'approvals' } }],
    })
    await client.dispose()
  })

  it.each([
    ['two root fields', 'subscription { forbidden awaiting { cursor } }', 'GRAPHQL_VALIDATION_FAILED', undefined],
    ['a missing variable', 'subscription S($n: Int!) { awaiting(after: $n) { cursor } }', 'BAD_USER_INPUT', undefined],
    ['an unreadable document', 'subscription {', 'BAD_USER_INPUT', 'DOCUMENT_NOT_READABLE'],
  ])('with %s is refused, and the connection stays', async (_what, query, code, reason) => {
    const client = socketClient(bed)
    const refusal = await resultOf(client, query).catch((errors) => ({ errors }))
    expect(refusal.errors?.[0]?.extensions).toEqual({ code, ...(reason && { reason }) })
    expect(await resultOf(client, '{ awaitingCount }')).toEqual({ data: { awaitingCount: 1 } })
    await client.dispose()
  })

  it('beyond the number one connection may hold is refused', async () => {
    const { client } = await listen('subscription { awaiting { cursor } }')
    const second = once(bed.approvals.live, 'subscribed')
    client.iterate({ query: 'subscription { awaiting(after: 7) { cursor } }' }).next()
    await second
    const refusal = await resultOf(client, '{ awaitingCount }').catch((errors) => errors)
    expect(refusal[0].extensions).toEqual({ code: 'BAD_USER_INPUT', reason: 'TOO_MANY_SUBSCRIPTIONS' })
    await client.dispose()
  })
})

describe('a connection', () => {
  it.each([
    ['without a valid token', async () => 'abc'],
    ['with an expired token', async () => bed.issuer.token({ exp: 1 })],
  ])('%s is closed with 4403', async (_what, token) => {
    const closing = await closingOf(socketClient(bed, await token()), '{ awaitingCount }')
    expect(closing.code).toBe(4403)
    expect(bed.approvals.seen).toEqual([])
  })

  it('is closed with 4403 when its token expires', async () => {
    // The least a token can live here: its expiry is a whole second, and five more are forgiven.
    const exp = Math.floor(Date.now() / 1000) + 2
    const closing = await closingOf(
      socketClient(bed, await bed.issuer.token({ exp })),
      'subscription { awaiting { cursor } }',
    )
    expect(closing).toMatchObject({ code: 4403, reason: 'The token has expired' })
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000 - 50)
  })

  it('is not opened for another protocol or another path', async () => {
    const url = bed.gateway.url.replace('http', 'ws')
    for (const [path, protocol] of [
      ['/graphql', 'graphql-ws'],
      ['/other', 'graphql-transport-ws'],
    ]) {
      const [error] = await once(new WebSocket(`${url}${path}`, protocol), 'error')
      expect(String(error)).toContain('400')
    }
  })

  it('is closed when a message is larger than a body may be', async () => {
    const closing = await closingOf(socketClient(bed), `{ awaitingCount } #${'x'.repeat(6000)}`)
    expect(closing.code).toBe(1009)
  })
})

it('tells the last event that the subgraph is lost for good, and completes, so that the client can come back', async () => {
  const other = await startTestbed(() => ({ SUBSCRIPTION_RESUME_MS: '200' }))
  const client = socketClient(other)
  const subscribed = once(other.approvals.live, 'subscribed')
  const events = client.iterate({ query: 'subscription { awaiting { cursor } }' })
  const first = events.next()
  await subscribed
  await other.approvals.stop()
  expect((await first).value).toMatchObject({
    errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'SUBSCRIPTION_LOST', service: 'approvals' } }],
  })
  expect((await events.next()).done).toBe(true)
  await client.dispose()
  await other.stop()
})

it('tells clients to go when the gateway stops', async () => {
  const other = await startTestbed()
  const subscribed = once(other.approvals.live, 'subscribed')
  const closing = closingOf(socketClient(other), 'subscription { awaiting { cursor } }')
  await subscribed
  await other.stop()
  expect((await closing).code).toBe(1001)
})

it('ends streams of events when the gateway stops, long before it would cut them', async () => {
  const other = await startTestbed(() => ({ DRAIN_TIMEOUT_MS: '300000' }))
  const subscribed = once(other.approvals.live, 'subscribed')
  const answer = await fetch(`${other.gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${await other.issuer.token()}`,
    },
    body: JSON.stringify({ query: 'subscription { awaiting { cursor } }' }),
  })
  await subscribed
  await other.stop()
  expect(await answer.text()).toContain('GOING_AWAY')
})
