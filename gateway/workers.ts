import cluster, { type Address, type Worker } from 'node:cluster'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { ConfigError, type Running } from '@steinmetz/kernel/config'
import { createLog } from '@steinmetz/kernel/telemetry'

/**
 * The young generation, in MiB, that measurement favours for a gateway: what a request allocates dies with it, and
 * with a larger nursery less of it is copied before.
 */
const semiSpaceMiB = 32

/** How many worker processes `--workers` asks for: a number, `auto` for one per core, or none without the flag. */
export function workersAsked(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: { workers: { type: 'string' } }, strict: false })
  if (values.workers === undefined) return 0
  const count = values.workers === 'auto' ? availableParallelism() : Number(values.workers)
  if (!Number.isInteger(count) || count < 1 || count > 256)
    throw new ConfigError(['--workers must be auto or 1 to 256'])
  return count
}

/** A worker that ends before it listens would end again; its successor waits so long. */
const startAgainAfterMs = 1_000

/**
 * Runs the same program in `count` processes that share its port. Ready when all of them listen; one that ends
 * unasked is replaced. Stopping tells each to stop and waits for them.
 */
export async function startWorkers(count: number): Promise<Running> {
  cluster.setupPrimary({ execArgv: [...process.execArgv, `--max-semi-space-size=${semiSpaceMiB}`] })
  const log = createLog({ service: 'gateway' })
  const state = { started: false, stopping: false }
  const listened = new WeakSet<Worker>()
  cluster.on('listening', (worker) => listened.add(worker))
  // From the first on: one may end while others still start.
  cluster.on('exit', (worker) => {
    if (state.stopping) return
    log.warn({ pid: worker.process.pid }, 'a worker ended by itself')
    const replace = () => !state.stopping && void cluster.fork()
    if (listened.has(worker)) replace()
    else if (state.started) setTimeout(replace, startAgainAfterMs)
  })
  const addresses = await Promise.all(Array.from({ length: count }, () => listening(cluster.fork()))).catch((error) => {
    state.stopping = true
    for (const worker of workers()) worker.kill()
    throw error
  })
  state.started = true
  const [first] = addresses
  const url = `http://${first?.address ?? '127.0.0.1'}:${first?.port ?? 0}`
  log.info({ url, workers: count }, 'workers listen')
  return {
    url,
    async stop() {
      state.stopping = true
      const ended = workers().map((worker) => once(worker, 'exit'))
      for (const worker of workers()) worker.process.kill('SIGTERM')
      await Promise.all(ended)
    },
  }
}

const workers = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)

/** The address a worker listens at. Rejects when it ends before. */
function listening(worker: Worker): Promise<Address> {
  return new Promise((resolve, reject) => {
    worker.once('listening', resolve)
    worker.once('exit', (code) => reject(new Error(`a worker ended at its start with code ${code}`)))
  })
}
