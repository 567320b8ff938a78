import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'

const root = join(import.meta.dirname, '..', '..')
const peers = join(root, 'bench', 'gateway-peers')

/** How a gateway is launched: its command line for a supergraph and a port. */
export type Gateway = {
  name: string
  args(supergraph: string, port: number): string[]
  env?: Record<string, string>
  /** Sent with every request. */
  headers?: Record<string, string>
}

const hive = join(peers, 'node_modules', '@graphql-hive', 'gateway', 'dist', 'bin.js')
const hiveArgs = (supergraph: string, port: number) => [
  hive,
  'supergraph',
  supergraph,
  '--port',
  String(port),
  '--host',
  '127.0.0.1',
  '--fork',
  '1',
]

export const gateways = {
  ours: {
    name: 'ours',
    args: (supergraph, port) => [
      join(root, 'gateway', 'main.ts'),
      '--open',
      '--supergraph',
      supergraph,
      '--port',
      String(port),
    ],
  },
  apollo: {
    name: '@apollo/server + @apollo/gateway',
    args: (supergraph, port) => [join(peers, 'apollo.mjs'), supergraph, String(port)],
    env: { APOLLO_TELEMETRY_DISABLED: 'true' },
  },
  hive: { name: 'Hive Gateway', args: hiveArgs },
  hiveRust: {
    name: 'Hive Gateway, Rust planner',
    args: (supergraph, port) => [...hiveArgs(supergraph, port), '--hive-router-runtime'],
  },
} as const satisfies Record<string, Gateway>

/** Our gateway with every guard on: token verified, limits, cost, rates, and only operations of the manifest. */
export function guardedGateway(env: Record<string, string>, token: string): Gateway {
  return {
    name: 'ours, every guard on',
    args: () => [join(root, 'gateway', 'main.ts')],
    env,
    headers: { authorization: `Bearer ${token}` },
  }
}

/** Installs the peers in their own folder, once; they are no part of the product. */
export function installPeers(): void {
  if (existsSync(hive)) return
  process.stdout.write('installing the peers in bench/gateway-peers (once)\n')
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
  execFileSync('npm', args, { cwd: peers, stdio: ['ignore', 'ignore', 'inherit'] })
}

export type Launched = { url: string; pid: number; headers: Record<string, string>; stop(): Promise<void> }

/** Starts a gateway on a free port, pinned to the core `cpu`, and waits until it answers. */
export async function launch(gateway: Gateway, supergraph: string, cpu: number): Promise<Launched> {
  const port = await freePort()
  const own = { PORT: String(port), SUPERGRAPH: supergraph }
  const env = { ...process.env, NODE_ENV: 'test', ...own, ...gateway.env }
  const args = ['-c', String(cpu), process.execPath, ...gateway.args(supergraph, port)]
  const child = spawn('taskset', args, { cwd: peers, env, stdio: ['ignore', 'ignore', 'inherit'] })
  const url = `http://127.0.0.1:${port}/graphql`
  const headers = gateway.headers ?? {}
  await answering(url, headers, child, gateway.name)
  return { url, pid: child.pid ?? 0, headers, stop: () => stopped(child) }
}

/** Starts the subgraphs in a process pinned to `cpu`; gives their port. */
export async function launchSubgraphs(cpu: number): Promise<{ port: number; stop(): Promise<void> }> {
  const script = join(import.meta.dirname, 'subgraphs.ts')
  const child = spawn('taskset', ['-c', String(cpu), process.execPath, script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { port: Number(String(line)), stop: () => stopped(child) }
}

async function answering(
  url: string,
  headers: Record<string, string>,
  child: ChildProcess,
  name: string,
): Promise<void> {
  const body = JSON.stringify({ query: '{ __typename }' })
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`${name} ended at its start`)
    const request = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }
    const answer = await fetch(url, request).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${name} did not answer within 30 seconds`)
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (!address || typeof address === 'string') throw new Error('no port is free')
  return address.port
}
