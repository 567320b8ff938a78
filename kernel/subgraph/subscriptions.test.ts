import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import WebSocket from 'ws'
import type { Database } from '../database/index.ts'
import { type Ledger, ledger, request } from '../testing/ledger.ts'
import type { RequestContext } from './context.ts'
import { liveEvents } from './live.ts'
import { subscriptionServer } from './subscriptions.ts'

vi.setConfig({ testTimeout: 30_000 })
const { identity } = request('', '')
const looked = { count: 0, over: 0 }
let book: Ledger
let server: Server
let door: { close(): Promise<void> }

beforeAll(async () => {
  book = await ledger()
  const counted = {
    write: (...asked: Parameters<Database<unknown>['write']>) => {
      looked.count += 1
      return book.database.write(...asked)
    },
  } as Database<unknown>
  const live = liveEvents(counted, new AbortController().signal)
  const schema = buildSchema('type Query { none: Int } type Subscription { written: String }')
  const [written] = Object.values(schema.getSubscriptionType()?.getFields() ?? {})
  Object.assign(written ?? {}, {
    async *subscribe(_: unknown, __: unknown, context: RequestContext<unknown>) {
      try {
        for await (const { payload } of context.live.events(['test.Written'], null)) yield { written: String(payload) }
      } finally {
        looked.over += 1
      }
    },
  })
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  door = subscriptionServer<unknown>({
    server,
    schema,
    identify: () => identity,
    context() {
      const ended = new AbortController()
      return { live: live(identity, ended.signal), end: () => ended.abort() } as RequestContext<unknown>
    },
    present: (formatted) => formatted,
  })
})
afterAll(async () => {
  await door.close()
  server.close()
  await book.close()
})

async function subscriber(): Promise<WebSocket> {
  const socket = new WebSocket(
    `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    'graphql-transport-ws',
  )
  await once(socket, 'open')
  socket.send('{"type":"connection_init"}')
  await once(socket, 'message')
  socket.send('{"type":"subscribe","id":"1","payload":{"query":"subscription { written }"}}')
  return socket
}

test.each([
  ['says so', (socket: WebSocket) => socket.send('{"type":"complete","id":"1"}')],
  ['closes its connection', (socket: WebSocket) => socket.close()],
  ['is gone without a word', (socket: WebSocket) => socket.terminate()],
])('nobody looks for events any more once their subscriber %s', async (_how, leave) => {
  const before = { ...looked }
  const socket = await subscriber()
  await vi.waitFor(() => expect(looked.count).toBeGreaterThan(before.count + 2))
  leave(socket)
  await vi.waitFor(() => expect(looked.over).toBe(before.over + 1))
  socket.terminate()
})
