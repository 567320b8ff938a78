import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { between, type Chance } from './chance.ts'
import { type Network, network } from './kinds.ts'

/** Stands between the worker and a subgraph, and does to their connection what networks do. */
export type FaultyProxy = { readonly url: string; stop(): Promise<void> }

export type ProxyOptions = {
  /** Where the subgraph answers. */
  readonly target: URL
  readonly chance: Chance
  /** How many of a hundred requests meet with a fault. */
  percent(): number
  /** Told of each fault, and of each answer that reached the worker; `key` is the command's. */
  onFault(kind: Network, key: string): void
  onAnswer(key: string): void
}

const delayMs = [100, 2_500] as const
/** Late enough that a saga has often ended, or has been rolled back, by then. */
const lateMs = [500, 6_000] as const

/** Starts a TCP proxy on a port of its own. It reads requests as far as it must to know where one ends. */
export async function startProxy(options: ProxyOptions): Promise<FaultyProxy> {
  const { target } = options
  const open = new Set<Socket>()
  const late = new Set<NodeJS.Timeout>()
  const toSubgraph = () => kept(open, connect(Number(target.port), target.hostname))

  /** Delivers a request to nobody's answer. */
  function deliverLate(request: Buffer): void {
    const timer = setTimeout(
      () => {
        late.delete(timer)
        const socket = toSubgraph()
        socket.on('data', () => socket.destroy())
        socket.write(request)
      },
      between(options.chance, ...lateMs),
    )
    late.add(timer)
  }

  const server = createServer((worker) => {
    kept(open, worker)
    serve(worker, toSubgraph(), options, deliverLate)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`,
    async stop() {
      for (const timer of late) clearTimeout(timer)
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function serve(worker: Socket, subgraph: Socket, options: ProxyOptions, deliverLate: (request: Buffer) => void): void {
  const { chance, onFault, onAnswer } = options
  let underWay = { key: '', dropped: false }
  const cut = () => {
    worker.destroy()
    subgraph.destroy()
  }
  const faults: Record<Network, (request: Buffer) => void> = {
    delayed: (request) =>
      setTimeout(() => void (subgraph.destroyed || subgraph.write(request)), between(chance, ...delayMs)),
    cut(request) {
      // Sometimes in the middle of the request.
      if (chance() < 0.5) return cut()
      subgraph.write(request.subarray(0, request.length / 2), cut)
    },
    'answer dropped'(request) {
      underWay.dropped = true
      subgraph.write(request)
    },
    'delivered twice, late'(request) {
      subgraph.write(request)
      deliverLate(request)
    },
    'cut, delivered late'(request) {
      cut()
      deliverLate(request)
    },
  }
  eachRequest(worker, (request) => {
    underWay = { key: keyIn(request), dropped: false }
    const kind = network[Math.floor(chance() * network.length)]
    if (!kind || chance() * 100 >= options.percent()) return void subgraph.write(request)
    onFault(kind, underWay.key)
    faults[kind](request)
  })
  subgraph.on('data', (answer) => {
    if (underWay.dropped) {
      if (chance() < 0.5) return cut()
      return void worker.write(answer.subarray(0, answer.length / 2), cut)
    }
    worker.write(answer)
    if (!answer.includes('"errors":[')) onAnswer(underWay.key)
  })
  worker.on('close', cut)
  subgraph.on('close', cut)
}

/** Calls with each request as it came, headers and all. A connection carries one at a time. */
function eachRequest(socket: Socket, take: (request: Buffer) => void): void {
  let read = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    read = Buffer.concat([read, chunk])
    for (let end = endOfRequest(read); end !== null && end <= read.length; end = endOfRequest(read)) {
      take(read.subarray(0, end))
      read = read.subarray(end)
    }
  })
}

/** Where the first request ends; null as long as its headers are not there. */
function endOfRequest(read: Buffer): number | null {
  const headers = read.indexOf('\r\n\r\n')
  if (headers < 0) return null
  const length = /content-length: *(\d+)/i.exec(read.subarray(0, headers).toString('latin1'))?.[1] ?? '0'
  return headers + 4 + Number(length)
}

function keyIn(request: Buffer): string {
  return /"idempotencyKey":"([^"]+)"/.exec(request.toString())?.[1] ?? ''
}

function kept(open: Set<Socket>, socket: Socket): Socket {
  open.add(socket)
  socket.on('error', () => {})
  socket.once('close', () => open.delete(socket))
  return socket
}
