import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import type { FormattedExecutionResult } from 'graphql'
import { afterEach, expect, it } from 'vitest'
import { streamEvents, streamFormatOf } from './eventStreams.ts'

const { signal: stopping } = new AbortController()
const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

type Events = AsyncIterableIterator<FormattedExecutionResult>

async function serve(events: Events, options: Partial<Parameters<typeof streamEvents>[2]>): Promise<string> {
  const server = createServer((_request, response) => {
    void streamEvents(response, events, { format: 'sse', headers: {}, endsInMs: 60_000, stopping, ...options })
  }).listen(0, '127.0.0.1')
  servers.push({ close: () => server.closeAllConnections() }, server)
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function* counted(count: number): Events {
  for (let n = 1; n <= count; n++) yield { data: { n } }
}

/** Events that never come, and a promise of their listener's leaving. */
function silence(): { events: Events; left: Promise<void> } {
  const { promise: left, resolve } = Promise.withResolvers<void>()
  const never = new Promise<IteratorResult<FormattedExecutionResult>>(() => undefined)
  const events: Events = {
    [Symbol.asyncIterator]: () => events,
    next: () => never,
    async return() {
      resolve()
      return { done: true, value: undefined }
    },
  }
  return { events, left }
}

it('knows what a client asks for', () => {
  expect(streamFormatOf('text/event-stream')).toBe('sse')
  expect(streamFormatOf('multipart/mixed;subscriptionSpec="1.0", application/json')).toBe('multipart')
  expect(streamFormatOf('multipart/mixed; deferSpec=20220824, application/json')).toBe(undefined)
  expect(streamFormatOf(undefined)).toBe(undefined)
})

it('sends server-sent events, and says when there are no more', async () => {
  const answer = await fetch(await serve(counted(2), {}))
  expect(answer.headers.get('content-type')).toContain('text/event-stream')
  expect(await answer.text()).toBe(
    'event: next\ndata: {"data":{"n":1}}\n\nevent: next\ndata: {"data":{"n":2}}\n\nevent: complete\ndata:\n\n',
  )
})

it('sends parts of the multipart protocol', async () => {
  const answer = await fetch(await serve(counted(1), { format: 'multipart' }))
  expect(answer.headers.get('content-type')).toBe('multipart/mixed; boundary="graphql"; subscriptionSpec=1.0')
  expect(await answer.text()).toBe(
    '\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{"payload":{"data":{"n":1}}}\r\n--graphql--\r\n',
  )
})

it('says that it lives, and ends when the token expires', async () => {
  const { events, left } = silence()
  const text = await (await fetch(await serve(events, { heartbeatMs: 20, endsInMs: 200 }))).text()
  expect(text.startsWith(':\n\n')).toBe(true)
  expect(text).toContain('TOKEN_EXPIRED')
  await left
})

it('ends when the gateway stops, also where it has stopped already', async () => {
  const stop = new AbortController()
  const { events, left } = silence()
  const address = await serve(events, { stopping: stop.signal })
  const answer = await fetch(address)
  stop.abort()
  expect(await answer.text()).toContain('GOING_AWAY')
  await left
  expect(await (await fetch(address)).text()).toContain('GOING_AWAY')
})

it('stops listening where the client left before the stream began', async () => {
  const { events, left } = silence()
  const leaving = new AbortController()
  const server = createServer((_request, response) => {
    response.once(
      'close',
      () => void streamEvents(response, events, { format: 'sse', headers: {}, endsInMs: 60_000, stopping }),
    )
    leaving.abort()
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(fetch(`http://127.0.0.1:${port}`, { signal: leaving.signal })).rejects.toThrow()
  await left
})

it('tells of events that fail, and stops listening', async () => {
  const { promise: failed, resolve } = Promise.withResolvers<unknown>()
  const { events, left } = silence()
  events.next = () => Promise.reject(new Error('broken'))
  const server = createServer((_request, response) => {
    streamEvents(response, events, { format: 'sse', headers: {}, endsInMs: 60_000, stopping }).catch((error) => {
      response.destroy()
      resolve(error)
    })
  }).listen(0, '127.0.0.1')
  servers.push({ close: () => server.closeAllConnections() }, server)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await expect(fetch(`http://127.0.0.1:${port}`).then((answer) => answer.text())).rejects.toThrow()
  expect(await failed).toBeInstanceOf(Error)
  await left
})

it('stops listening when the client leaves', async () => {
  const { events, left } = silence()
  const leaving = new AbortController()
  await fetch(await serve(events, {}), { signal: leaving.signal })
  leaving.abort()
  await left
})

it('cuts a client that stops reading, and takes no more events for it', async () => {
  let taken = 0
  async function* flood(): Events {
    for (;;) {
      taken += 1
      yield { data: { filler: 'x'.repeat(100_000) } }
    }
  }
  const { port } = new URL(await serve(flood(), { patienceMs: 100 }))
  const socket = connect(Number(port), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'))
  socket.pause()
  socket.on('error', () => undefined)
  await new Promise<void>((resolve) => {
    const looking = setInterval(() => {
      const before = taken
      setTimeout(() => {
        if (before === 0 || taken !== before) return
        clearInterval(looking)
        resolve()
      }, 150)
    }, 50)
  })
  // Some megabytes fit into the buffers between us; an unbounded queue would have taken thousands of events.
  expect(taken).toBeLessThan(500)
  socket.destroy()
})
