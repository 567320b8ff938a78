import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, asker, departmentOf, draftEmployee, draftOf, type OwnFolder, ownFolder, until } from '../platform.ts'

const root = join(import.meta.dirname, '..', '..')
const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'])
    return true
  } catch {
    return false
  }
})()

type Program = { child: ChildProcess; output(): string; ended: Promise<unknown> }

let folder: OwnFolder
const programs: Program[] = []

beforeAll(async () => {
  folder = await ownFolder('production')
})
afterAll(async () => {
  for (const { child, ended } of programs.reverse()) {
    child.kill('SIGTERM')
    await ended
  }
  await folder.remove()
})

function run(...args: string[]): Program {
  const env = { ...process.env, DATA_DIR: folder.path, PORTS: 'free', NODE_ENV: '' }
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const program = { child, output: () => output, ended: once(child, 'exit') }
  programs.push(program)
  return program
}

/** Waits until a program says something; one that ends before fails the test with all it said. */
const saying = ({ child, output }: Program, what: RegExp): Promise<RegExpExecArray> =>
  until(async () => {
    const found = what.exec(output())
    if (!found && child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${output()}`)
    return found ?? undefined
  })

const production = (file: string) => run('stack/bootstrap.mjs', 'start:production', '--env', file)

describe.skipIf(!hasOpenssl)('in production', () => {
  let gatewayUrl: string
  let tokens: Record<string, string>
  let clerk: Ask
  let environment: string

  beforeAll(async () => {
    const trial = run('stack/trial.ts')
    await saying(trial, /Ctrl-C stops it/)
    tokens = Object.fromEntries(
      [...trial.output().matchAll(/^ {2}([a-z-]+)\n {2}(eyJ\S+)$/gm)].map(([, a, b]) => [a, b]),
    )
    environment = join(folder.path, 'production.env')
    const [, url = ''] = await saying(production(environment), /GraphQL {2}(http:\S+)\/graphql/)
    gatewayUrl = url
    clerk = asker(`${gatewayUrl}/graphql`, tokens.clerk)
  })

  it('hires on the databases, the issuer and the secrets of the environment file', async () => {
    const departmentId = await departmentOf(clerk, 'Fertigung')
    type Drafted = { draftEmployee: { employee: { id: string } } }
    const input = draftOf('P-1', departmentId)
    const { data } = await clerk<Drafted>(draftEmployee, { key: 'production-1', input })
    const operator = asker(`${gatewayUrl}/graphql`, tokens.operator)
    type State = { processes: { edges: { node: { state: string } }[] } }
    const query = 'query ($id: ID!) { processes(filter: { subjectId: $id }) { edges { node { state } } } }'
    await until(async () => {
      const found = await operator<State>(query, { id: data.draftEmployee.employee.id })
      return found.data?.processes.edges[0]?.node.state === 'WAITING'
    })
  })

  it('tells nobody its schema, has no GraphiQL, and tells its health; its metrics it tells on a port of their own', async () => {
    const { errors } = await clerk('{ __schema { types { name } } }')
    expect(errors[0]?.extensions.reason).toBe('INTROSPECTION_OFF')
    const status = async (path: string) =>
      (await request(`${gatewayUrl}${path}`, { headers: { accept: 'text/html' } })).statusCode
    expect([await status('/'), await status('/health'), await status('/metrics')]).toEqual([404, 200, 404])
    const [, port = ''] = /^ADMIN_PORT='(\d+)'/m.exec(await readFile(environment, 'utf8')) ?? []
    const metrics = await request(`http://127.0.0.1:${port}/metrics`)
    expect(await metrics.body.text()).toContain('gateway_plan_cache_bytes')
  })

  it('does not start with what is for development, and names every setting that is wrong, at once', async () => {
    const wrong = (await readFile(environment, 'utf8'))
      .replace(/^ISSUER_URL='https:/m, "ISSUER_URL='http:")
      .replace(/gateway-trial/, 'gateway-development')
      .replace(/^HR_OWNER_DATABASE_URL=.*\n/m, '')
      .replace(/^(PAYROLL_DATABASE_URL='postgresql:\/\/payroll_service:)[^@]*/m, '$1password')
    const file = join(folder.path, 'wrong.env')
    await writeFile(file, wrong)
    const refused = production(file)
    const [code] = (await refused.ended) as [number]
    expect(code).toBe(1)
    expect(refused.output()).toContain('The configuration has 4 mistakes')
    for (const name of ['ISSUER_URL', 'GATEWAY_SIGNING_KEY', 'HR_OWNER_DATABASE_URL', 'PAYROLL_DATABASE_URL'])
      expect(refused.output()).toMatch(new RegExp(`^ {2}- ${name}`, 'm'))
    // Nothing was started, and no value of the file is repeated.
    expect(refused.output()).not.toMatch(/migrated|run\b|payroll_service:password|"d"/)
  })
})
