import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { watchOver } from '@steinmetz/stack'
import { lastingPort } from './ports.ts'

/** A Redis that can be emptied, and stopped for a while. */
export type Redis = {
  readonly url: string
  flush(): Promise<void>
  /** Ends it as by kill -9; `whenGone` is done then. Starts it again, empty, after `time`. */
  stopFor(time: Promise<void>, whenGone: () => Promise<unknown>): Promise<void>
  stop(): Promise<void>
}

const startTimeoutMs = 10_000

/** Starts a Redis of one's own; null where this machine has none on its PATH. */
export async function startRedis(folder: string): Promise<Redis | null> {
  const port = await lastingPort()
  const pidFile = join(folder, 'redis.pid')
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, '--pidfile', pidFile]
  const run = () => spawn('redis-server', args, { stdio: 'ignore' })
  let child = run()
  const missing = await Promise.race([
    once(child, 'error').then(() => true),
    once(child, 'spawn').then(() => false),
  ]).catch(() => true)
  if (missing) return null
  await untilReady(port)
  let unwatch = watchOver(child, pidFile, undefined)
  const end = () => Promise.all([kill(child), unwatch()])

  return {
    url: `redis://127.0.0.1:${port}`,
    flush: async () => void (await say(port, 'FLUSHALL')),
    async stopFor(time, whenGone) {
      await end()
      await Promise.all([whenGone(), time])
      child = run()
      await untilReady(port)
      unwatch = watchOver(child, pidFile, undefined)
    },
    stop: async () => void (await end()),
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

async function untilReady(port: number): Promise<void> {
  for (const began = performance.now(); performance.now() - began < startTimeoutMs; await pass(20)) {
    const answer = await say(port, 'PING').catch(() => '')
    if (answer.startsWith('+PONG')) return
  }
  throw new Error(`redis-server did not answer within ${startTimeoutMs / 1_000} s`)
}

function say(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.once('data', (chunk) => {
      socket.destroy()
      resolve(String(chunk))
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('no answer')))
  })
}
