import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import { WebSocketServer } from 'ws'
import { freePort } from './gateways.ts'

const root = join(import.meta.dirname, '..', '..')
const sizes = [1, 100, 1_000, 5_000]
const atOnce = 50
const query = 'subscription Entries { entries { cursor text } }'
const typeDefs = `
  type Query { entry: Entry }
  type Subscription { entries(after: String): Entry! }
  type Entry { cursor: String! text: String }`

type Memory = { rss: number; heap: number }
type Gateway = { url: string; admin: string; memory(): Promise<Memory>; stop(): Promise<void> }

/**
 * Tells how much memory an idle subscription takes in a gateway with all its guards, each on a WebSocket of its own:
 * of one person, who all share one upstream, and each of another person with an upstream of their own.
 */
export async function idleSubscriptions(): Promise<void> {
  const issuer = await issuerOfTokens()
  const subgraph = await silentSubgraph()
  process.stdout.write('\nBytes that each of so many idle subscriptions takes, heap and resident:\n\n')
  process.stdout.write(`| subscriptions | ${sizes.join(' | ')} |\n|---${'|---'.repeat(sizes.length)}|\n`)
  try {
    for (const whose of ['one person', 'as many people'] as const) {
      const gateway = await startGateway(issuer.url, subgraph.port)
      const cells = await grow(gateway, (n) => issuer.token(whose === 'one person' ? 0 : n)).finally(gateway.stop)
      process.stdout.write(`| of ${whose} | ${cells.join(' | ')} |\n`)
    }
  } finally {
    issuer.stop()
    subgraph.stop()
  }
}

/** Opens ever more subscriptions and compares the memory with that before the first. */
async function grow(gateway: Gateway, tokenOf: (n: number) => string): Promise<string[]> {
  const sockets: WebSocket[] = []
  const holds = async (count: number) => {
    while (sockets.length < count) {
      const more = Math.min(atOnce, count - sockets.length)
      const opening = Array.from({ length: more }, (_, n) => subscribe(gateway.url, tokenOf(sockets.length + n)))
      sockets.push(...(await Promise.all(opening)))
    }
    while (sockets.length > count) sockets.pop()?.close()
    await until(async () => (await running(gateway)) === count)
  }
  // What the first ones compile and load is not theirs.
  await holds(50)
  await holds(0)
  const before = await gateway.memory()
  const cells: string[] = []
  for (const size of sizes) {
    await holds(size)
    const { rss, heap } = await gateway.memory()
    const each = (bytes: number, from: number) => Math.max(0, Math.round((bytes - from) / size)).toLocaleString('en')
    cells.push(`${each(heap, before.heap)}, ${each(rss, before.rss)}`)
  }
  for (const socket of sockets) socket.close()
  return cells
}

function subscribe(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws')
  const send = (message: object) => socket.send(JSON.stringify(message))
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () =>
      send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
    )
    socket.addEventListener('message', ({ data }) => {
      const { type } = JSON.parse(String(data))
      if (type === 'connection_ack') {
        send({ type: 'subscribe', id: '1', payload: { query } })
        resolve(socket)
      } else reject(new Error(String(data)))
    })
    socket.addEventListener('error', () => reject(new Error('a WebSocket was not opened')))
    socket.addEventListener('close', ({ code, reason }) => reject(new Error(`${code} ${reason}`)))
  })
}

async function running({ admin }: Gateway): Promise<number> {
  const text = await (await fetch(`${admin}/metrics`)).text()
  return Number(/^gateway_subscriptions\{[^}]*"clients"[^}]*\} (\d+)$/m.exec(text)?.[1])
}

/** Our gateway as `start` runs it, every guard on, with quotas that nobody meets here. */
async function startGateway(issuer: string, subgraphPort: number): Promise<Gateway> {
  const supergraph = join(root, '.data', 'bench', 'subscriptions.graphql')
  mkdirSync(join(root, '.data', 'bench'), { recursive: true })
  writeFileSync(supergraph, composed(`http://127.0.0.1:${subgraphPort}/graphql`))
  const [port, adminPort] = [await freePort(), await freePort()]
  const { privateKey } = generateKeyPairSync('ed25519')
  const generous = { perSecond: 1_000_000, burst: 1_000_000 }
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    ISSUER_URL: issuer,
    SUPERGRAPH: supergraph,
    INTERNAL_SIGNING_KEY: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: 'gateway-1' }),
    RATE_LIMITS: JSON.stringify({ subscription: generous, tenant: generous, cost: generous }),
  }
  const report = join(import.meta.dirname, 'reportMemory.mjs')
  const args = ['--expose-gc', '--import', report, join(root, 'gateway', 'main.ts')]
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const admin = `http://127.0.0.1:${adminPort}`
  await until(async () => {
    if (child.exitCode !== null) throw new Error('the gateway ended at its start')
    return (await fetch(`${admin}/readyz`).catch(() => undefined))?.ok
  })
  return { url: `http://127.0.0.1:${port}/graphql`, admin, memory: () => memoryOf(child), stop: () => stopped(child) }
}

async function memoryOf(child: ChildProcess): Promise<Memory> {
  child.send('report')
  const [memory] = await once(child, 'message')
  return memory as Memory
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function composed(url: string): string {
  const { supergraphSdl, errors } = composeServices([{ name: 'entries', url, typeDefs: parse(typeDefs) }])
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'))
  return supergraphSdl
}

/** A subgraph that accepts every subscription and never says a word. */
async function silentSubgraph() {
  const server = createServer()
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'graphql-transport-ws' })
  sockets.on('connection', (socket) => {
    socket.on('message', (message) => {
      const { type } = JSON.parse(String(message))
      if (type === 'connection_init') socket.send('{"type":"connection_ack"}')
      if (type === 'ping') socket.send('{"type":"pong"}')
    })
  })
  const port = await listening(server)
  return { port, stop: () => server.close() }
}

/** An issuer with one key, and tokens of numbered people. */
async function issuerOfTokens() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'issuer-1', alg: 'EdDSA' }]
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys })))
  const url = `http://127.0.0.1:${await listening(server)}`
  const tenant = randomUUID()
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return {
    url,
    token(n: number): string {
      const at = Math.floor(Date.now() / 1_000)
      const times = { nbf: at - 1, exp: at + 3_600 }
      const who = { sub: `account-${n}`, person: `person-${n}`, sid: `session-${n}`, tenant }
      const claims = { iss: url, aud: 'erp-steinmetz', scope: 'approvals:decide hr:read', ...who, ...times }
      const signed = `${encode({ alg: 'EdDSA', kid: 'issuer-1' })}.${encode(claims)}`
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`
    },
    stop: () => server.close(),
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function until(holds: () => Promise<boolean | undefined>): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (await holds()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the gateway did not come to hold as many subscriptions as were opened within a minute')
}

if (import.meta.main) {
  await idleSubscriptions()
  process.exit()
}
