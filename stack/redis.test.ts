import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { claimFolder } from './folder.ts'
import { processBirth } from './lock.mjs'
import { provideRedis, type Redis } from './redis.ts'

let path: string
const lines: string[] = []
const cleanups: (() => Promise<void> | void)[] = []

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'redis-test-'))
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  lines.length = 0
  await rm(path, { recursive: true, force: true })
})

async function provide(env: Record<string, string> = {}): Promise<Redis> {
  const folder = await claimFolder(path, 'testing', () => {})
  cleanups.push(folder.release)
  const redis = await provideRedis({ folder, env, log: (line) => lines.push(line) })
  cleanups.push(redis.stop)
  return redis
}

async function stop(redis: Redis): Promise<void> {
  await redis.stop()
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
}

/** Sends commands in Redis' inline form; gives all it says until it hangs up. */
function ask(url: string, ...commands: string[]): Promise<string> {
  const { port, password } = new URL(url)
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.write([`AUTH ${password}`, ...commands, 'QUIT', ''].join('\r\n')),
    )
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
  })
}

const pidOf = async () => Number(await readFile(join(path, 'redis', 'redis.pid'), 'utf8'))
const present = (() => {
  try {
    execFileSync('redis-server', ['--version'])
    return true
  } catch {
    return false
  }
})()

describe('the queue’s Redis', () => {
  it('is the one that REDIS_URL names', async () => {
    const redis = await provide({ REDIS_URL: 'redis://queue.example.org:6379', PATH: '/nowhere' })
    expect(redis.url).toBe('redis://queue.example.org:6379')
    expect(lines).toEqual(['the queue is in the Redis that REDIS_URL names'])
  })

  it('is PostgreSQL where there is none, and start says so', async () => {
    expect((await provide({ PATH: '/nowhere' })).url).toBeUndefined()
    expect(lines).toEqual(['the queue is in PostgreSQL: there is no REDIS_URL and no redis-server on PATH'])
  })

  it('is PostgreSQL where the program on PATH does not start', async () => {
    await writeFile(join(path, 'redis-server'), '#!/bin/sh\nexit 1\n')
    await chmod(join(path, 'redis-server'), 0o755)
    expect((await provide({ PATH: path })).url).toBeUndefined()
    expect(lines).toEqual([expect.stringMatching(/^the queue is in PostgreSQL: .* did not start; see /)])
  })
})

describe.skipIf(!present)('a private Redis', () => {
  it('answers on loopback to who knows the password, evicts nothing and appends what it is told', async () => {
    const redis = await provide()
    expect(lines).toEqual(['the queue is in a private Redis'])
    const url = redis.url ?? ''
    expect(await ask(url, 'PING', 'CONFIG GET maxmemory-policy', 'CONFIG GET appendonly')).toMatch(
      /PONG[\s\S]*noeviction[\s\S]*yes/,
    )
    expect(await ask(url.replace(/:[^:]*@/, ':wrong@'), 'PING')).not.toContain('PONG')
    expect((await stat(join(path, 'redis', 'redis.conf'))).mode & 0o077).toBe(0)
  })

  it('finds again what it was told before a stop, under the same password', async () => {
    const first = await provide()
    await ask(first.url ?? '', 'SET kept yes')
    const pid = await pidOf()
    await stop(first)
    expect(processBirth(pid)).toBeUndefined()
    const second = await provide()
    expect(await ask(second.url ?? '', 'GET kept')).toContain('yes')
  })

  it('is started again when it crashes, where it was and with what it was told', async () => {
    const redis = await provide()
    const url = redis.url ?? ''
    await ask(url, 'SET kept yes', 'CONFIG SET appendfsync always', 'SET kept yes')
    const crashed = await pidOf()
    process.kill(crashed, 'SIGKILL')
    await vi.waitFor(async () => expect(await ask(url, 'GET kept')).toContain('yes'), { timeout: 10_000 })
    expect(lines).toContain('Redis ended by itself (SIGKILL); it is started again in 200 ms')
    const again = await pidOf()
    expect(again).not.toBe(crashed)
    await stop(redis)
    expect(processBirth(again)).toBeUndefined()
    expect(lines).toHaveLength(2)
  })

  it('ends with a process that is killed; what is left behind in spite of that, the next start ends', async () => {
    const { child } = await startElsewhere()
    const watched = await pidOf()
    child.kill('SIGKILL')
    await vi.waitUntil(() => processBirth(watched) === undefined, { timeout: 10_000 })

    // Another server on the same files, as one would be that nobody watched.
    const left = spawn('redis-server', [join(path, 'redis', 'redis.conf')], { stdio: 'ignore' })
    cleanups.push(() => void left.kill('SIGKILL'))
    await vi.waitUntil(async () => (await pidOf().catch(() => 0)) === left.pid, { timeout: 10_000 })
    const gone = once(left, 'exit')
    const redis = await provide()
    await gone
    expect(lines[0]).toBe(`stopping Redis (process ${left.pid}), which an earlier run left behind`)
    expect(await ask(redis.url ?? '', 'PING')).toContain('PONG')
  })
})

/** A process of its own that starts the server on our folder and then waits. */
async function startElsewhere(): Promise<{ child: ChildProcess }> {
  const script = `
    import { claimFolder } from ${JSON.stringify(fileURLToPath(new URL('folder.ts', import.meta.url)))}
    import { provideRedis } from ${JSON.stringify(fileURLToPath(new URL('redis.ts', import.meta.url)))}
    const folder = await claimFolder(${JSON.stringify(path)}, 'testing', () => {})
    await provideRedis({ folder, env: {}, log: () => {} })
    process.stdout.write('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanups.push(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return { child }
}
