import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pass } from 'node:timers/promises'
import { claimFolder, openKeys } from '@steinmetz/stack'
import { createBranchTables } from './branchTables.ts'
import { branches, type Cluster, startCluster } from './cluster.ts'
import { lastingPort } from './ports.ts'
import { type Redis, startRedis } from './redis.ts'

/** What surrounds the workers: PostgreSQL, Redis where there is one, and two branches in processes of their own. */
export type World = {
  readonly cluster: Cluster
  readonly redis: Redis | null
  /** Where each branch answers. */
  readonly urls: Readonly<Record<string, string>>
  readonly gatewayKey: string
  readonly leaseMs: number
  /** A file to which the processes log. */
  readonly output: number
  readonly logFile: string
  /** Rejects when a branch ends, which nobody wanted it to. */
  readonly failed: Promise<never>
  /** What a worker is started with, when it finds the branches there. */
  workerEnv(urls: Readonly<Record<string, string>>): Record<string, string>
}

type Stoppable = () => Promise<void> | void

const root = join(import.meta.dirname, '..', '..')
const leaseMs = 1_000
const liveTimeoutMs = 60_000

/** Starts it in a folder; what was started is put on `started`, to be stopped from the end. */
export async function startWorld(path: string, started: Stoppable[], log: (line: string) => void): Promise<World> {
  const folder = await claimFolder(path, 'injecting faults', log)
  started.push(folder.release)
  const keys = await openKeys(folder.secrets)
  const cluster = await startCluster(folder, () => {})
  started.push(cluster.stop)
  await createBranchTables(cluster)
  const redis = await startRedis(path)
  if (redis) started.push(redis.stop)
  const logFile = join(path, 'processes.log')
  const output = openSync(logFile, 'a')
  const common = { PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn', HOST: '127.0.0.1', NODE_ENV: 'development' }
  const { urls } = cluster
  const failure = Promise.withResolvers<never>()
  let stopping = false
  const addresses = await Promise.all(
    branches.map(async (name) => {
      const port = String(await lastingPort())
      const child = spawn(process.execPath, ['--import', './stack/follow-bootstrap.mjs', './e2e/faults/branch.ts'], {
        cwd: root,
        stdio: ['ignore', output, output],
        env: {
          ...common,
          BRANCH: name,
          PORT: port,
          DATABASE_URL: urls.url(name, 'service'),
          RELAY_DATABASE_URL: urls.url(name, 'relay'),
          BUS_DATABASE_URL: urls.url('bus', 'service'),
          INTERNAL_JWKS: keys.internalJwks,
          APPROVALS_JWKS: keys.approvalsJwks,
          PERSONAL_DATA_KEY: keys.personalData,
        },
      })
      started.push(() => {
        stopping = true
        return ended(child)
      })
      child.once('exit', () => stopping || failure.reject(new Error(`the branch ${name} ended; see its log`)))
      await untilLive(name, child, `http://127.0.0.1:${port}`)
      return [name, `http://127.0.0.1:${port}/graphql`] as const
    }),
  )
  return {
    ...{
      cluster,
      redis,
      urls: Object.fromEntries(addresses),
      gatewayKey: keys.gateway,
      leaseMs,
      output,
      logFile,
      failed: failure.promise,
    },
    workerEnv: (subgraphs) => ({
      ...common,
      PORT: '0',
      LEASE_MS: String(leaseMs),
      CONCURRENCY: '8',
      ENGINE_DATABASE_URL: urls.url('processes', 'engine'),
      BUS_DATABASE_URL: urls.url('bus', 'service'),
      QUEUE_DATABASE_URL: urls.url('queue', 'service'),
      ...(redis && { REDIS_URL: redis.url }),
      INTERNAL_SIGNING_KEY: keys.worker,
      SUBGRAPH_URLS: JSON.stringify(subgraphs),
      NODE_COMPILE_CACHE: join(root, '.data', 'compiled'),
    }),
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

async function untilLive(name: string, child: ChildProcess, url: string): Promise<void> {
  for (const began = performance.now(); performance.now() - began < liveTimeoutMs; await pass(50)) {
    if (child.exitCode !== null) throw new Error(`${name} ended while it started`)
    const live = await fetch(`${url}/livez`)
      .then(({ ok }) => ok)
      .catch(() => false)
    if (live) return
  }
  throw new Error(`${name} did not answer within ${liveTimeoutMs / 1_000} s`)
}
