import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OwnFolder, ownFolder } from '../platform.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const pollMs = 50

let folder: OwnFolder
let dataDir: string
const running = new Set<Started>()

beforeEach(async () => {
  folder = await ownFolder('starts-and-stops')
  dataDir = folder.path
})

afterEach(async () => {
  const left = [...running]
  running.clear()
  for (const one of left) one.child.kill('SIGTERM')
  await Promise.all(left.map((one) => one.ended))
  await folder.remove()
})

type Started = {
  child: ChildProcess
  output(): string
  /** The exit code; a signal's name when that ended it. */
  ended: Promise<number | NodeJS.Signals | null>
}

/** `npm start` on our data, without npm itself unless the test is about it. */
function launch(args: readonly string[] = [], env: Record<string, string> = {}, viaNpm = false): Started {
  const [program, first] = viaNpm
    ? ['npm', ['start', '--']]
    : [process.execPath, [join(root, 'stack', 'bootstrap.mjs'), 'start']]
  const child = spawn(program, [...first, ...args], {
    cwd: root,
    // Node itself first: a shim of it that stands on PATH would be killed in place of the npm it runs.
    env: {
      ...process.env,
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      DATA_DIR: dataDir,
      PORTS: 'free',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (chunk: Buffer) => {
    output += String(chunk)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal))
    child.once('error', (error) => {
      output += error.message
      resolve(null)
    })
  })
  const started = { child, output: () => output, ended }
  running.add(started)
  return started
}

async function launchReady(viaNpm = false): Promise<Started> {
  const started = launch([], {}, viaNpm)
  const gone = started.ended.then((code) => {
    throw new Error(`it ended with ${code}:\n${started.output()}`)
  })
  await Promise.race([until(async () => started.output().includes('Ctrl-C stops everything')), gone])
  gone.catch(() => {})
  return started
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, pollMs))
}

/** Whoever is told by `platform.json` where to ask. */
async function platform(): Promise<{ pid: number; endpoint: string; gatewayUrl: string; issuerUrl: string }> {
  return JSON.parse(await readFile(join(dataDir, 'platform.json'), 'utf8'))
}

/** PostgreSQL's process while it runs on our data; it removes the file when it ends. */
async function postgresPid(): Promise<number | undefined> {
  const file = join(dataDir, 'postgres', 'postmaster.pid')
  return existsSync(file) ? Number((await readFile(file, 'utf8')).split('\n')[0]) : undefined
}

/** Whether a process runs; one that has ended and that nobody has asked about since does not. */
async function lives(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && !/\) Z /.test(stat)
}

async function ask(token: string, query: string): Promise<{ data?: Record<string, unknown> }> {
  const { endpoint } = await platform()
  const { body } = await request(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  })
  return (await body.json()) as { data?: Record<string, unknown> }
}

describe('npm start', () => {
  it('prints where it answers and a token for each role, and is ready by then', async () => {
    const started = await launchReady()
    const { gatewayUrl, endpoint } = await platform()
    expect(started.output()).toContain(endpoint)
    for (const role of ['clerk', 'approver', 'payroll-clerk', 'auditor', 'operator', 'release-manager'])
      expect(started.output()).toMatch(new RegExp(`\\n  ${role}\\n  [\\w-]+\\.[\\w-]+\\.[\\w-]+\\n`))
    expect((await request(`${gatewayUrl}/readyz`)).statusCode).toBe(200)
    const page = await request(gatewayUrl)
    expect(await page.body.text()).toContain('GraphiQL')

    const token = /clerk\n {2}(\S+)/.exec(started.output())?.[1] ?? ''
    expect(await ask(token, '{ employees(first: 1) { edges { node { id } } } }')).toMatchObject({
      data: { employees: { edges: [] } },
    })
  })

  it('stops in order on SIGTERM, leaving no PostgreSQL behind, and is ready again on the same data', async () => {
    const first = await launchReady()
    const pid = await postgresPid()
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(pid !== undefined && (await lives(pid))).toBe(false)
    expect(existsSync(join(dataDir, 'platform.json'))).toBe(false)

    await launchReady()
    expect((await request(`${(await platform()).gatewayUrl}/readyz`)).statusCode).toBe(200)
  })

  it('takes one Ctrl-C that comes twice, from the terminal and from npm, for one', async () => {
    const { child, output, ended } = await launchReady()
    child.kill('SIGINT')
    child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(output()).toContain('stopped')
  })

  it('recovers after kill -9; the tokens given before are good again', async () => {
    const first = await launchReady()
    const token = /clerk\n {2}(\S+)/.exec(first.output())?.[1] ?? ''
    const { issuerUrl } = await platform()
    process.kill((await platform()).pid, 'SIGKILL')
    await first.ended

    const port = new URL(issuerUrl).port
    const second = launch([], { ISSUER_PORT: port })
    await until(async () => second.output().includes('Ctrl-C stops everything'))
    expect(await ask(token, '{ __typename }')).toMatchObject({ data: { __typename: 'Query' } })
  })

  it('ends when npm is killed, as nobody could stop it any more', async () => {
    const { child } = await launchReady(true)
    const { pid } = await platform()
    child.kill('SIGKILL')
    await until(async () => !(await lives(pid)) && (await postgresPid()) === undefined)
  })

  it('refuses to start twice on the same data, and says who has them', async () => {
    await launchReady()
    const second = launch()
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(/in use by process \d+, which is the platform on/)
    const { gatewayUrl } = await platform()
    expect((await request(`${gatewayUrl}/readyz`)).statusCode).toBe(200)
  })

  it('names a port that is taken and the variable that moves it', async () => {
    const other: Server = createServer()
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => resolve((other.address() as { port: number }).port))
    })
    const refused = launch([], { HR_PORT: String(port) })
    expect(await refused.ended).toBe(1)
    expect(refused.output()).toMatch(new RegExp(`port ${port}, wanted for the service hr, is taken.*HR_PORT`))
    expect(await postgresPid()).toBeUndefined()
    other.close()
  })

  it('empties the data only when it is told so', async () => {
    const unanswered = launch(['--reset'])
    expect(await unanswered.ended).toBe(1)
    expect(unanswered.output()).toContain('add --yes')

    const first = await launchReady()
    const secrets = await readFile(join(dataDir, 'secrets.json'), 'utf8')
    first.child.kill('SIGTERM')
    await first.ended
    const anew = launch(['--reset', '--yes'])
    await until(async () => anew.output().includes('Ctrl-C stops everything'))
    expect(anew.output()).toContain('the data are emptied')
    expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).not.toBe(secrets)
  })
})
