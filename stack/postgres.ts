import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Installation, locatePostgres, removeElsewhere } from './binaries.ts'
import type { DataFolder } from './folder.ts'
import { linesOf, stopOrphan } from './orphan.ts'
import { assertFree, freePort } from './ports.ts'
import { watchOver } from './watchdog.ts'

/** A running server, reached over loopback alone. */
export type Postgres = {
  port: number
  /** Of the postmaster, whose death is that of the server. */
  pid: number
  /** A connection URL; without a role it is the superuser's. */
  url(database: string, role?: { name: string; password: string }): string
  /** Settles when the server has ended, asked or not. */
  ended: Promise<void>
  /** Ends every session, writes everything out and waits until no process is left. */
  stop(): Promise<void>
}

export type PostgresOptions = {
  folder: DataFolder
  /** 0 takes any free port. */
  port: number
  /** False gives up every guarantee of surviving a crash, for speed: for tests alone. */
  durable: boolean
  log: (line: string) => void
}

const superuser = 'postgres'
const startTimeoutMs = 60_000
const stopTimeoutMs = 20_000
const pollMs = 15
const portAttempts = 5
const logLimitBytes = 10 * 1024 * 1024

/**
 * Starts PostgreSQL on a data folder, which it creates first if it is empty. A server that an earlier
 * process of ours left behind there is stopped; one that crashed recovers. It runs in a session of its own,
 * so that a Ctrl-C reaches us alone, and it ends with this process, even if that is killed.
 */
export async function startPostgres({ folder, port, durable, log }: PostgresOptions): Promise<Postgres> {
  const installation = locatePostgres(folder.path, log)
  const cluster = join(installation.place, 'postgres')
  const password = await folder.secrets.get('postgres', () => randomBytes(24).toString('base64url'))

  await orphanOf(cluster, log)
  if (!existsSync(cluster)) await createCluster(installation, cluster, { password, durable })
  await assertFree([{ port, variable: 'POSTGRES_PORT', what: 'PostgreSQL' }])
  const started = await launch(installation, cluster, { port, durable })

  return {
    port: started.port,
    pid: started.child.pid ?? 0,
    url: (database, role = { name: superuser, password }) =>
      `postgresql://${role.name}:${encodeURIComponent(role.password)}@127.0.0.1:${started.port}/${database}`,
    ended: started.ended,
    stop: () => stopServer(started),
  }
}

/** Removes the data of a folder that the caller has claimed, after stopping a server left behind on them. */
export async function removePostgres(dataFolder: string, log: (line: string) => void): Promise<void> {
  const { place } = locatePostgres(dataFolder, log)
  await orphanOf(join(place, 'postgres'), log)
  for (const name of ['postgres', 'postgres.new', 'postgres.log'])
    rmSync(join(place, name), { recursive: true, force: true })
  removeElsewhere(dataFolder)
}

/** Made aside and renamed, so that a kill in the middle leaves nothing that looks like a cluster. */
async function createCluster(
  { bin, place, account }: Installation,
  cluster: string,
  { password, durable }: { password: string; durable: boolean },
): Promise<void> {
  const aside = join(place, 'postgres.new')
  const passwordFile = join(place, 'initdb-password')
  rmSync(aside, { recursive: true, force: true })
  rmSync(passwordFile, { force: true })
  mkdirSync(aside, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account) for (const path of [aside, passwordFile]) chownSync(path, account.uid, account.gid)
  const args = ['-D', aside, '-U', superuser, '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8']
  // German by ICU, which comes with the programs: umlauts sort where people look for them, on any system.
  args.push('--locale=C', '--locale-provider=icu', '--icu-locale=de-DE')
  if (!durable) args.push('--no-sync')
  try {
    await finished(
      spawn(join(bin, 'initdb'), args, {
        ...account,
        cwd: '/',
        env: environment(),
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    )
    renameSync(aside, cluster)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function finished(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let errors = ''
    child.stderr?.on('data', (chunk) => {
      errors += String(chunk)
    })
    child.once('error', (cause) => reject(new Error(`${child.spawnfile} could not be run`, { cause })))
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${child.spawnfile} failed (exit code ${code}):\n${errors.trim()}`))
    })
  })
}

type Server = { child: ChildProcess; port: number; ended: Promise<void>; unwatch: () => Promise<void> }

/** A free port may be taken before PostgreSQL binds it: then it is tried on another. */
async function launch(
  installation: Installation,
  cluster: string,
  want: { port: number; durable: boolean },
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = want.port || (await freePort())
    try {
      return await launchOn(installation, cluster, { ...want, port })
    } catch (error) {
      const taken = error instanceof Error && error.message.includes('Address already in use')
      if (!taken || want.port !== 0 || attempt === portAttempts) throw error
    }
  }
}

async function launchOn(
  { bin, place, account }: Installation,
  cluster: string,
  { port, durable }: { port: number; durable: boolean },
): Promise<Server> {
  const logFile = join(place, 'postgres.log')
  if (existsSync(logFile) && statSync(logFile).size > logLimitBytes) truncateSync(logFile)
  const logged = existsSync(logFile) ? statSync(logFile).size : 0
  const output = openSync(logFile, 'a', 0o600)
  const child = spawn(join(bin, 'postgres'), ['-D', cluster, ...settings(port, durable)], {
    ...account,
    cwd: '/',
    env: environment(),
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  child.unref()
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const tail = () => readFileSync(logFile).subarray(logged).toString('utf8').trim()
  try {
    await untilReady(child, cluster)
  } catch (cause) {
    child.kill('SIGKILL')
    throw new Error(`PostgreSQL did not start; its log ${logFile} ends:\n${tail()}`, { cause })
  }
  return { child, port, ended, unwatch: watchOver(child, join(cluster, 'postmaster.pid'), account) }
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A container's /dev/shm is often too small for parallel workers, and no query here needs them.
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** English messages whatever the machine speaks, and nothing of a PG* variable meant for other servers. */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_'))
  return { ...Object.fromEntries(others), LC_ALL: 'C' }
}

/** PostgreSQL writes `ready` into the eighth line of its pid file once it takes connections. */
async function untilReady(child: ChildProcess, cluster: string): Promise<void> {
  let failure: Error | undefined
  child.once('error', (error) => {
    failure = error
  })
  for (const began = performance.now(); performance.now() - began < startTimeoutMs; await pause()) {
    if (failure) throw failure
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with exit code ${child.exitCode}`)
    const lines = linesOf(join(cluster, 'postmaster.pid'))
    if (lines?.[0] === String(child.pid) && lines[7]?.trim() === 'ready') return
  }
  throw new Error(`it was not ready after ${startTimeoutMs} ms`)
}

async function stopServer({ child, ended, unwatch }: Server): Promise<void> {
  // Fast shutdown, which ends the sessions; then immediate, which leaves the rest to recovery; then the axe.
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    child.kill(signal)
    const timeout = new AbortController()
    const gone = await Promise.race([ended.then(() => true), pause(stopTimeoutMs, timeout.signal).then(() => false)])
    timeout.abort()
    if (gone) break
  }
  await unwatch()
}

const orphanOf = (cluster: string, log: (line: string) => void) =>
  stopOrphan({ what: 'PostgreSQL', pidFile: join(cluster, 'postmaster.pid'), mark: `-D ${cluster} `, log })

function pause(ms = pollMs, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
