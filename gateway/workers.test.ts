import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { composeSubgraphs } from './compose.ts'
import { hrSdl } from './testing/testbed.ts'
import { workersAsked } from './workers.ts'

// Each worker loads the planner, which takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000 })
const patience = { timeout: 40_000, interval: 50 }

let folder: string
let program: ChildProcess
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workers-'))
  const supergraph = join(folder, 'supergraph.graphql')
  await writeFile(supergraph, composeSubgraphs([{ name: 'hr', sdl: hrSdl, url: 'http://127.0.0.1:1/graphql' }]))
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const args = ['--open', '--supergraph', supergraph, '--port', String(port), '--workers', '2']
  program = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let said = ''
  program.stdout?.on('data', (chunk) => {
    said += String(chunk)
  })
  await vi.waitFor(() => expect(said).toContain('workers listen'), patience)
}, 60_000)
afterAll(async () => {
  program.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function answers(): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
}

/** The processes that the program has begun. */
async function workers(): Promise<number[]> {
  const { stdout } = spawn('ps', ['-o', 'pid=', '--ppid', String(program.pid)])
  let text = ''
  for await (const chunk of stdout) text += String(chunk)
  return text.split('\n').flatMap((line) => Number(line) || [])
}

it('so many processes answer on one port, and one that ends unasked is replaced', async () => {
  const before = await workers()
  const [first = 0] = before
  process.kill(first, 'SIGKILL')
  await vi.waitFor(async () => {
    const now = await workers()
    expect(now).toHaveLength(2)
    expect(now).not.toContain(first)
  }, patience)
  for (let request = 0; request < 10; request++) await answers()
})

it('all of them end when the program is told to stop', async () => {
  const all = await workers()
  program.kill('SIGTERM')
  const [code] = await once(program, 'exit')
  expect(code).toBe(0)
  for (const pid of all) expect(() => process.kill(pid, 0)).toThrow('ESRCH')
})

it.each(['0', 'many', '1.5', '257'])('--workers %s is refused', (given) => {
  expect(() => workersAsked(['--workers', given])).toThrow('--workers must be auto or 1 to 256')
})
