import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), 'demo', 'main.ts')

/** The demo as a process of its own, on a data folder, with a file of employees. */
export type DemoProcess = {
  /** All it has printed so far. */
  output(): string
  /** Resolves once it has printed what the pattern says; rejects when it ends before. */
  hasSaid(pattern: RegExp): Promise<void>
  /** Ends it as a power cut would, and waits until it is gone. */
  kill(): Promise<void>
  /** Its exit code; null when it was killed. */
  ended: Promise<number | null>
}

export function startDemo({ dataDir, employees }: { dataDir: string; employees: string }): DemoProcess {
  const child: ChildProcess = spawn(process.execPath, [main, '--employees', employees], {
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let heard = Promise.withResolvers<void>()
  const listen = (chunk: Buffer) => {
    output += String(chunk)
    heard.resolve()
    heard = Promise.withResolvers<void>()
  }
  child.stdout?.on('data', listen)
  child.stderr?.on('data', listen)
  let over = false
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      over = true
      resolve(code)
      heard.resolve()
    })
  })
  return {
    output: () => output,
    ended,
    async hasSaid(pattern) {
      while (!pattern.test(output)) {
        if (over) throw new Error(`the demo ended before it said ${pattern}:\n${output}`)
        await heard.promise
      }
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
