import cluster, { type Address, type Worker } from 'node:cluster'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { ConfigError, type Running } from '@steinmetz/kernel/config'

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

/**
 * Runs the same program in `count` processes that share its port. Ready when all of them listen; one that ends
 * unasked is replaced. Stopping tells each to stop and waits for them.
 */
export async function startWorkers(count: number): Promise<Running> {
  cluster.setupPrimary({ execArgv: [...process.execArgv, `--max-semi-space-size=${semiSpaceMiB}`] })
  let stopping = false
  const addresses = await Promise.all(Array.from({ length: count }, () => listening(cluster.fork()))).catch((error) => {
    for (const worker of workers()) worker.kill()
    throw error
  })
  cluster.on('exit', () => {
    if (!stopping) cluster.fork()
  })
  const [first] = addresses
  return {
    url: `http://${first?.address ?? '127.0.0.1'}:${first?.port ?? 0}`,
    async stop() {
      stopping = true
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
