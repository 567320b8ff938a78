import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Environment, Running } from '@steinmetz/kernel/config'
import { freePort } from './ports.ts'
import type { Service } from './services.ts'
import { supervise } from './supervise.ts'

/** A service in a process of its own. `pid` changes when it crashed and was started again. */
export type Separate = Running & { pid(): number }

const root = join(import.meta.dirname, '..')
const livePollMs = 25
const startTimeoutMs = 30_000

/**
 * Runs a service from its entry file in a process of its own and keeps it running: when it ends unasked it
 * is started again, with growing pauses, on the same port. It ends when this process does, however that
 * ends. A first start that fails is a mistake of the settings, and rejects.
 */
export async function startSeparately(
  service: Service,
  settings: Environment,
  log: (line: string) => void,
): Promise<Separate> {
  const port = settings.PORT === '0' ? await freePort() : Number(settings.PORT)
  const url = `http://127.0.0.1:${port}`
  const env = withoutUnset({ PATH: process.env.PATH, ...settings, PORT: String(port) })
  const first = run(service, env)
  await untilLive(service, first, url)
  const supervised = supervise(service.name, first, () => run(service, env), log)

  return {
    url,
    pid: () => supervised.child().pid ?? 0,
    async stop() {
      supervised.letGo()
      const child = supervised.child()
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

// In a group of its own: the terminal's Ctrl-C reaches us, and we stop the services in their order.
function run({ entry }: Service, env: Record<string, string>): ChildProcess {
  const args = ['--import', join(root, 'stack', 'follow-bootstrap.mjs'), join(root, entry)]
  return spawn(process.execPath, args, { cwd: root, env, detached: true, stdio: ['ignore', 'inherit', 'inherit'] })
}

async function untilLive({ name }: Service, child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + startTimeoutMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${name} ended while it started (exit ${child.exitCode ?? child.signalCode}); see what it wrote`)
    const live = await fetch(`${url}/livez`).then(
      (response) => response.ok,
      () => false,
    )
    if (live) return
    await new Promise((resolve) => setTimeout(resolve, livePollMs))
  }
  child.kill('SIGKILL')
  throw new Error(`${name} did not answer within ${startTimeoutMs / 1_000} s`)
}

function withoutUnset(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
