import { spawn } from 'node:child_process'
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/** A little checkout of its own, whose npx "installs" by linking this very Node and noting that it ran. */
let root: string

const installs = `#!/bin/sh
echo "$@" >> installs
mkdir -p node_modules/node/bin node_modules/vitest
ln -sf "${process.execPath}" node_modules/node/bin/node
echo 'process.stdout.write(process.argv.slice(2).join(" "))' > node_modules/vitest/vitest.mjs
`

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bootstrap-'))
  await mkdir(join(root, 'stack'))
  await mkdir(join(root, 'bin'))
  const source = dirname(fileURLToPath(import.meta.url))
  for (const name of ['bootstrap.mjs', 'follow.mjs', 'follow-bootstrap.mjs', 'lock.mjs'])
    await cp(join(source, name), join(root, 'stack', name))
  await write('package.json', '{"type":"module"}')
  await write('pnpm-lock.yaml', 'lockfileVersion: 9')
  await write('pnpm-workspace.yaml', "packages:\n  - hr\n  - 'subgraphs/*'\n\ncatalog:\n  - none\n")
  await write('stack/generate.ts', "import { appendFileSync } from 'node:fs'\nappendFileSync('generations', '.')\n")
  await write('stack/start.ts', 'process.stdout.write("runs " + process.argv.slice(2))')
  await writeNpx(installs)
  // Beside npx stand the tools its script uses, and nothing else of this machine.
  for (const tool of ['sh', 'mkdir', 'ln', 'sleep']) await symlink(`/bin/${tool}`, join(root, 'bin', tool))
})

afterEach(() => rm(root, { recursive: true }))

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

async function writeNpx(script: string): Promise<void> {
  await write('bin/npx', script)
  await chmod(join(root, 'bin/npx'), 0o755)
}

function launch(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(root, 'stack/bootstrap.mjs'), ...args], {
    env: { PATH: join(root, 'bin'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => (said.stdout += chunk))
  child.stderr.on('data', (chunk) => (said.stderr += chunk))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, said, ended }
}

async function run(...args: string[]) {
  const { said, ended } = launch(args)
  return { code: await ended, ...said }
}

const countLines = async (file: string) => (await readFile(join(root, file), 'utf8')).trimEnd().split('\n').length
const generations = async () => (await readFile(join(root, 'generations'), 'utf8')).length

describe('the bootstrap', () => {
  it('installs, generates and runs, and says so on stderr alone', async () => {
    const { code, stdout, stderr } = await run('start', '--reset', '--yes')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'runs --reset,--yes' })
    expect(stderr).toMatch(/packages: done in \d+\.\d s\n.*\n· generated code: done in \d+\.\d s\n· start: prepared/s)
    expect(await readFile(join(root, 'installs'), 'utf8')).toContain('install --frozen-lockfile')
  })

  it('does not install again until the lockfile, the workspace or a package changes', async () => {
    await write('subgraphs/hr/package.json', '{}')
    await run('start')
    await run('start')
    await write('subgraphs/hr/other.json', '{}')
    await run('start')
    expect(await countLines('installs')).toBe(1)

    await write('subgraphs/hr/package.json', '{"version":"2"}')
    await run('start')
    await write('pnpm-lock.yaml', 'lockfileVersion: 10')
    await run('start')
    expect(await countLines('installs')).toBe(3)
  })

  it('generates again when a schema changes, and always when asked to', async () => {
    await write('prisma/hr/schema.prisma', 'a')
    await run('start')
    await run('start')
    expect(await generations()).toBe(1)
    await write('prisma/hr/schema.prisma', 'b')
    await run('start')
    expect(await generations()).toBe(2)
    expect((await run('generate')).code).toBe(0)
    expect(await generations()).toBe(3)
  })

  it('passes on the exit code, and the arguments of tests', async () => {
    await write('stack/start.ts', 'process.exitCode = 7')
    expect((await run('start')).code).toBe(7)
    expect((await run('test', 'kernel')).stdout).toBe('run kernel')
  })

  it('finds the file of a calculation from the folder it was asked in', async () => {
    await write('german-payroll/wage-tax.ts', 'process.stdout.write(process.argv[2] ?? "")')
    const { said, ended } = launch(['wage-tax', '../cases.json'], { INIT_CWD: '/home/anna/months' })
    await ended
    expect(said.stdout).toBe('/home/anna/cases.json')
  })

  it('passes SIGTERM on, so that what it runs can end in order', async () => {
    await write(
      'stack/start.ts',
      `process.on('SIGTERM', () => { process.stdout.write('stopped in order'); process.exit(3) })
       setInterval(() => {}, 1000)
       process.stdout.write('up ')`,
    )
    const { child, said, ended } = launch(['start'])
    child.stdout.once('data', () => child.kill('SIGTERM'))
    expect(await ended).toBe(3)
    expect(said.stdout).toBe('up stopped in order')
  })

  it('takes what it runs along when it is killed', async () => {
    await write(
      'stack/start.ts',
      `process.on('SIGTERM', () => { process.stdout.write('told'); process.exit(0) })
       setInterval(() => {}, 1000)
       process.stdout.write('up ')`,
    )
    const { child, said, ended } = launch(['start'])
    child.stdout.once('data', () => child.kill('SIGKILL'))
    await ended // when nobody holds its output any more
    expect(said.stdout).toBe('up told')
  })

  it('lets one install at a time, and the other find it done', async () => {
    await writeNpx(`${installs}sleep 0.5\n`)
    const [first, second] = await Promise.all([run('start'), run('start')])
    expect([first.code, second.code]).toEqual([0, 0])
    expect(await countLines('installs')).toBe(1)
    expect(first.stderr + second.stderr).toContain('waiting for process')
  })

  it('is not held up by the lock of a run that was killed', async () => {
    for (const pid of [999_999_999, process.pid]) {
      // The second number lives, but was given to us later: the lock is of another process.
      await write('.data/bootstrap.lock', JSON.stringify({ pid, born: '1', purpose: 'installing' }))
      expect((await run('start')).code).toBe(0)
    }
  })

  it('tries again after an installation that failed, and says what to look at', async () => {
    await writeNpx('#!/bin/sh\necho "getaddrinfo ENOTFOUND registry" >&2\nexit 3\n')
    const { code, stdout, stderr } = await run('start')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('getaddrinfo ENOTFOUND')
    expect(stderr).toMatch(/installing the packages failed \(exit code 3\).*npm config get registry/s)
    await writeNpx(installs)
    expect((await run('start')).code).toBe(0)
  })

  it('says that npm is missing', async () => {
    await rm(join(root, 'bin/npx'))
    const { code, stderr } = await run('start')
    expect(code).toBe(1)
    expect(stderr).toContain('npx was not found on PATH')
    expect(stderr).not.toContain('    at ')
  })

  it('says what went wrong when code cannot be generated, and tries it again', async () => {
    await write('stack/generate.ts', 'throw new Error("schema.prisma, line 3")')
    const { code, stderr } = await run('start')
    expect(code).toBe(1)
    expect(stderr).toContain('schema.prisma, line 3')
    expect(stderr).toContain('generating code failed')
    expect((await run('start')).code).toBe(1)
  })

  it('answers a wrong name with the right ones, before it installs anything', async () => {
    await write('bench/gateway.ts', '')
    expect((await run('dance')).stderr).toContain('usage: node stack/bootstrap.mjs start|start:production|test|')
    const { code, stderr } = await run('bench', 'nothing')
    expect(code).toBe(1)
    expect(stderr).toContain('npm run bench -- NAME, one of: gateway')
    await expect(readFile(join(root, 'installs'))).rejects.toThrow()
  })
})
