import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fault } from '@steinmetz/kernel/errors'

/** Where requests and upgrades go. A handler that returns false leaves the request to the next one. */
export type Routes = {
  handlers: readonly ((request: IncomingMessage, response: ServerResponse, url: URL) => boolean)[]
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, url: URL): boolean
}

export type Listener = {
  url: string
  /** Takes no more connections, waits for the answers in flight, and cuts what is left after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

const headersTimeoutMs = 10_000
// Longer than the 60 s a proxy in front usually keeps an idle connection: it must be the one to close it, or it sends
// a request into a connection that we have just closed.
const keepAliveTimeoutMs = 65_000

/** Listens for HTTP. Throws the Fault PORT_UNAVAILABLE. */
export async function listen(at: { host: string; port: number; timeoutMs: number }, routes: Routes): Promise<Listener> {
  let stopping = false
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: at.timeoutMs, keepAliveTimeout: keepAliveTimeoutMs },
    (request, response) => {
      const url = urlOf(request)
      // A connection that has answered while we stop is of no more use, and would keep us waiting.
      if (stopping) response.setHeader('connection', 'close')
      response.once('close', () => stopping && setImmediate(() => server.closeIdleConnections()))
      if (url && routes.handlers.some((handle) => handle(request, response, url))) return
      response.writeHead(url ? 404 : 400, { 'content-type': 'text/plain' }).end(url ? 'not found\n' : 'bad request\n')
    },
  )
  server.on('upgrade', (request, socket, head) => {
    const url = urlOf(request)
    if (!stopping && url && routes.upgrade(request, socket, head, url)) return
    // Nobody else listens to this socket any more; without this its failure would end the process.
    socket.on('error', () => socket.destroy())
    const status = stopping ? 503 : 400
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(fault('PORT_UNAVAILABLE', `gateway cannot listen on ${at.host}:${at.port} (PORT)`, { cause })),
    )
    server.listen(at.port, at.host, resolve)
  })
  const { port } = server.address() as AddressInfo

  return {
    url: `http://${at.host}:${port}`,
    async stop(timeoutMs) {
      stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      const cut = setTimeout(() => server.closeAllConnections(), timeoutMs)
      await closed
      clearTimeout(cut)
    },
  }
}

function urlOf({ url = '' }: IncomingMessage): URL | undefined {
  // The host a client claims is of no interest here, only path and query.
  return url.startsWith('/') && URL.canParse(url, 'http://gateway') ? new URL(url, 'http://gateway') : undefined
}
