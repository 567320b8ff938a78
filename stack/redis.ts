import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'
import type { Environment } from '@steinmetz/kernel/config'
import type { DataFolder } from './folder.ts'
import { stopOrphan } from './orphan.ts'
import { freePort } from './ports.ts'
import { supervise } from './supervise.ts'
import { watchOver } from './watchdog.ts'

/** Where the queue and the rate limits are kept. Without a URL, in PostgreSQL and in each gateway's memory. */
export type Redis = { url?: string; stop(): Promise<void> }

export type RedisOptions = {
  folder: DataFolder
  /** `REDIS_URL` names a server that is there already; `PATH` is where a program is looked for, else our own. */
  env: Environment
  log: (line: string) => void
}

const startTimeoutMs = 5_000
const stopTimeoutMs = 5_000
const pollMs = 10
const portAttempts = 5

const without: Redis = { stop: async () => undefined }

/**
 * Finds a Redis: the one REDIS_URL names; else a private one, where a `redis-server` is on PATH, on a free port
 * of loopback, with its data in the folder; else none. Says which in one line. A private one ends with this
 * process, even if that is killed; one that does not start is done without.
 */
export async function provideRedis({ folder, env, log }: RedisOptions): Promise<Redis> {
  if (env.REDIS_URL) {
    log('the queue is in the Redis that REDIS_URL names')
    return { ...without, url: env.REDIS_URL }
  }
  const program = programOn(env.PATH ?? process.env.PATH ?? '')
  if (!program) {
    log('the queue is in PostgreSQL: there is no REDIS_URL and no redis-server on PATH')
    return without
  }
  try {
    const redis = await startPrivate(program, folder, log)
    log('the queue is in a private Redis')
    return redis
  } catch (error) {
    log(`the queue is in PostgreSQL: ${error instanceof Error ? error.message : String(error)}`)
    return without
  }
}

function programOn(path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, 'redis-server'))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/** A free port may be taken before Redis binds it: then it is tried on another. */
async function startPrivate(program: string, folder: DataFolder, log: (line: string) => void): Promise<Redis> {
  const place = join(folder.path, 'redis')
  const configFile = join(place, 'redis.conf')
  const pidFile = join(place, 'redis.pid')
  const password = await folder.secrets.get('redis', () => randomBytes(24).toString('base64url'))
  mkdirSync(place, { recursive: true, mode: 0o700 })
  await stopOrphan({ what: 'Redis', pidFile, mark: configFile, log })
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    // In a file, because a command line can be read by everybody on the machine.
    writeFileSync(configFile, configuration({ place, pidFile, port, password }), { mode: 0o600 })
    const start = () => {
      const child = spawn(program, [configFile], { cwd: place, detached: true, stdio: 'ignore' })
      child.unref()
      return child
    }
    const child = start()
    if (await isReady(child, port, password))
      return { url: `redis://:${password}@127.0.0.1:${port}`, stop: keepRunning(child, start, pidFile, log) }
    child.kill('SIGKILL')
    if (attempt === portAttempts) throw new Error(`${program} did not start; see ${join(place, 'redis.log')}`)
  }
}

/**
 * Starts the server again when it ends unasked: on the same port, where those who use it connect again, and with what
 * it had written. Gives how to stop it.
 */
function keepRunning(first: ChildProcess, start: () => ChildProcess, pidFile: string, log: (line: string) => void) {
  let unwatch = watchOver(first, pidFile, undefined)
  const startAgain = () => {
    // The file names a process that is gone, and its watcher must not take another one for it.
    rmSync(pidFile, { force: true })
    void unwatch()
    const child = start()
    unwatch = watchOver(child, pidFile, undefined)
    return child
  }
  const supervised = supervise('Redis', first, startAgain, log)
  return async () => {
    supervised.letGo()
    await stopServer(supervised.child())
    await unwatch()
  }
}

function configuration(at: { place: string; pidFile: string; port: number; password: string }): string {
  const quoted = (text: string) => `"${text.replaceAll(/["\\]/g, '\\$&')}"`
  return `${[
    'bind 127.0.0.1',
    `port ${at.port}`,
    `requirepass ${at.password}`,
    `dir ${quoted(at.place)}`,
    `pidfile ${quoted(at.pidFile)}`,
    `logfile ${quoted(join(at.place, 'redis.log'))}`,
    // What BullMQ asks for: nothing is evicted, and a restart finds what was there.
    'maxmemory-policy noeviction',
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    // The command line stays as it was given: by it a server that was left behind is known again.
    'set-proc-title no',
  ].join('\n')}\n`
}

async function isReady(child: ChildProcess, port: number, password: string): Promise<boolean> {
  for (const began = performance.now(); performance.now() - began < startTimeoutMs; await pause(pollMs)) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return false
    if (await answers(port, password)) return true
  }
  return false
}

/** Whether it is our server that answers, and has read its data: another's does not know the password. */
function answers(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`))
    const done = () => {
      socket.destroy()
      resolve(answer.includes('+PONG'))
    }
    socket.setTimeout(startTimeoutMs, done)
    socket.on('error', done)
    socket.on('close', done)
    socket.on('data', (chunk) => {
      answer += String(chunk)
      if (answer.split('\r\n').length > 2) done()
    })
  })
}

async function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.ref()
  child.kill('SIGTERM')
  const axe = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(axe)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
