import type { Environment, Running } from '@steinmetz/kernel/config'
import { startSeparately } from './separate.ts'
import type { Parts, Service } from './services.ts'

/** Something that was started and must be stopped; a service of its own has a process, which may change. */
export type Stoppable = { name: string; stop(): Promise<void> | void; pid?: () => number }

/** How services are started, all alike. */
export type Starting = {
  /** What every service is told. */
  common: Environment
  /** In processes of their own, started again when they crash. */
  separate: boolean
  /** 0: any free port. */
  portOf(service: Service): number
  log: (line: string) => void
}

const readyTimeoutMs = 60_000
const readyPollMs = 25
const stopTimeoutMs = 15_000

/** Starts one service and waits until it answers. */
export async function startService(service: Service, parts: Parts, starting: Starting): Promise<Running> {
  const settings = {
    ...starting.common,
    PORT: String(starting.portOf(service)),
    ...defined(await service.settings(parts)),
  }
  if (starting.separate) return startSeparately(service, settings, starting.log)
  const { start } = await service.load()
  return start(settings)
}

/** Starts the services of one row at once. When one fails, the others are waited for, so that they can be stopped. */
export async function startRow(
  row: readonly Service[],
  parts: Parts,
  starting: Starting & { urls: Map<string, string>; started: Stoppable[] },
): Promise<void> {
  const startOne = async (service: Service) => {
    const running = await startService(service, parts, starting)
    starting.started.push({ ...running, name: service.name })
    starting.urls.set(service.name, running.url)
  }
  const outcomes = await Promise.allSettled(row.map(startOne))
  for (const [index, outcome] of outcomes.entries())
    if (outcome.status === 'rejected')
      throw new Error(`${row[index]?.name} did not start: ${messageOf(outcome.reason)}`, { cause: outcome.reason })
}

/** What a service is not told leaves what all are told as it is. */
function defined(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}

/** `hr-relay` is moved by HR_RELAY_PORT. */
export function portVariable({ name }: Service): string {
  return `${name.toUpperCase().replaceAll('-', '_')}_PORT`
}

/** The port a variable asks for, or the standard one. */
export function portFrom(env: Environment, variable: string, standard: number): number {
  const text = env[variable]
  if (text === undefined || text === '') return standard
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  throw new Error(`${variable} is ${text}; it must be a port from 0 to 65535 (0: any free port)`)
}

/** Waits until the gateway is ready, and with it all it needs. */
export async function untilReady(gatewayUrl: string, signal: AbortSignal | undefined): Promise<void> {
  let last = ''
  for (const from = performance.now(); performance.now() - from < readyTimeoutMs; ) {
    signal?.throwIfAborted()
    const response = await fetch(`${gatewayUrl}/readyz`)
    last = await response.text()
    if (response.status === 200) return
    await new Promise((resolve) => setTimeout(resolve, readyPollMs))
  }
  throw new Error(`the platform was not ready after ${readyTimeoutMs / 1000} s: ${last}`)
}

/** In the opposite order of the start. One that hangs or fails does not keep the others from being stopped. */
export async function stopAll(started: Stoppable[], log: (line: string) => void): Promise<void> {
  for (const { name, stop } of started.splice(0).reverse()) {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it did not end within ${stopTimeoutMs / 1000} s`)), stopTimeoutMs)
    })
    try {
      await Promise.race([stop(), late])
    } catch (error) {
      log(`stopping ${name} failed: ${messageOf(error)}`)
    } finally {
      clearTimeout(timer)
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
