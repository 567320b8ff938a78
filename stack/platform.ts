import { rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Environment, Running } from '@steinmetz/kernel/config'
import { type DatabaseUrls, prepareDatabases } from './databases.ts'
import { claimFolder } from './folder.ts'
import { type Issuer, startIssuer } from './issuer.ts'
import { openKeys } from './keys.ts'
import { assertFree } from './ports.ts'
import { removePostgres, startPostgres } from './postgres.ts'
import { provideRedis } from './redis.ts'
import { type Parts, type Service, services, tokensOfRoles } from './services.ts'
import { portFrom, portVariable, type Stoppable, startRow, startService, stopAll, untilReady } from './startServices.ts'

export type PlatformOptions = {
  /** Where the data live; the folder is created. */
  dataDir: string
  /** The default ports, or any that are free; the environment may move either. */
  ports: 'default' | 'free'
  /** Told what is done, with the time each part took. */
  log: (line: string) => void
  /** Gives every service a process of its own, which is started again when it crashes. */
  separate?: boolean
  /** Empties the data first. */
  reset?: boolean
  /**
   * Moves ports (`GATEWAY_PORT`, …), sets `LOG_LEVEL`, `REDIS_URL` and `OTEL_EXPORTER_OTLP_ENDPOINT`. Default:
   * nothing set.
   */
  env?: Environment
  /** Breaks the start off; what was started is stopped. */
  signal?: AbortSignal
  /** Called when PostgreSQL ends unasked: nothing works any more, and the caller should stop. */
  onFailure?: (error: Error) => void
}

/** The whole platform, running in this process. */
export type Platform = {
  /** Where a client asks: the gateway's GraphQL over HTTP, and over WebSocket for subscriptions. */
  endpoint: string
  wsEndpoint: string
  /** The gateway's address: `/` is GraphiQL, `/health` and `/readyz` tell how it is. */
  gatewayUrl: string
  issuerUrl: string
  /** Where each service answers, by its name; for looking at one alone, as no client does. */
  serviceUrls: Readonly<Record<string, string>>
  mintToken: Issuer['mintToken']
  /** A twelve-hour token for each demo role. */
  tokens: Readonly<Record<string, string>>
  databases: DatabaseUrls
  /** Where mails are put instead of being sent, in a folder for each tenant. */
  mailFolder: string
  readySeconds: number
  /** The process of each service, if they have their own. It changes when one is started again. */
  pids(): Readonly<Record<string, number>>
  /**
   * Starts a service once more, on a free port; `instead` names services it shall ask elsewhere than the first
   * one does. It ends with the platform at the latest.
   */
  startReplica(name: string, instead?: Readonly<Record<string, string>>): Promise<Running>
  /** Stops everything, the door first and PostgreSQL last, after finishing the requests in flight. */
  stop(): Promise<void>
}

const issuerPort = 4001
const postgresPort = 4032

/**
 * Starts the whole platform in this process: PostgreSQL, its databases, the development issuer, then every
 * service from the entry file that production runs it from. Resolves once all of it is ready; when a part
 * fails, stops what was started and rejects with what to do about it.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const started: Stoppable[] = []
  try {
    return await start(options, started)
  } catch (error) {
    await stopAll(started, options.log)
    throw error
  }
}

/** One start under way: what it was asked, what it has started so far, and how it chooses ports and times parts. */
type Startup = {
  options: PlatformOptions
  started: Stoppable[]
  portOf(variable: string, standard: number): number
  timed<T>(what: string, work: () => Promise<T>): Promise<T>
}

async function start(options: PlatformOptions, started: Stoppable[]): Promise<Platform> {
  const { dataDir, ports, log, env = {}, signal } = options
  const began = performance.now()
  const startup: Startup = {
    options,
    started,
    portOf: (variable, standard) => portFrom(env, variable, ports === 'free' ? 0 : standard),
    async timed(what, work) {
      signal?.throwIfAborted()
      const from = performance.now()
      const result = await work()
      log(`${what} (${((performance.now() - from) / 1000).toFixed(1)} s)`)
      return result
    },
  }
  const { postgres, databases, keys, issuer, redis } = await startFoundation(startup)
  const urls = new Map<string, string>()
  const mailFolder = mailFolderIn(dataDir)
  const shared = { databases, keys, issuer, redisUrl: redis.url, mailFolder }
  // A key in a developer's environment is rover's.
  const parts: Parts = { ...shared, urls, studio: {}, development: issuer }
  const starting = startingOf(startup)
  for (const row of services)
    await startup.timed(`${row.map(({ name }) => name).join(', ')} ${row.length > 1 ? 'run' : 'runs'}`, () =>
      startRow(row, parts, { ...starting, urls, started }),
    )
  const gatewayUrl = urls.get('gateway') ?? ''
  await startup.timed('everything is ready', () => untilReady(gatewayUrl, signal))

  let stopping: Promise<void> | undefined
  void postgres.ended.then(() => {
    if (!stopping)
      options.onFailure?.(new Error(`PostgreSQL ended by itself; its log is beside its data, see ${dataDir}`))
  })
  const addresses = {
    endpoint: `${gatewayUrl}/graphql`,
    wsEndpoint: `${gatewayUrl.replace(/^http/, 'ws')}/graphql`,
    gatewayUrl,
    issuerUrl: issuer.url,
  }
  announce(dataDir, addresses, started)
  return {
    ...addresses,
    serviceUrls: Object.fromEntries(urls),
    mintToken: issuer.mintToken,
    tokens: await tokensOfRoles(issuer),
    databases,
    mailFolder,
    readySeconds: (performance.now() - began) / 1000,
    pids: () => Object.fromEntries(started.flatMap(({ name, pid }) => (pid ? [[name, pid()]] : []))),
    async startReplica(name, instead = {}) {
      const service = services.flat().find((one) => one.name === name)
      if (!service) throw new Error(`there is no service ${name}`)
      const others = new Map([...urls, ...Object.entries(instead)])
      const running = await startService(service, { ...parts, urls: others }, { ...starting, portOf: () => 0 })
      started.push({ ...running, name: `${name}, once more` })
      return running
    },
    stop() {
      stopping ??= stopAll(started, log)
      return stopping
    },
  }
}

/** What every service stands on: the data, claimed for us alone; PostgreSQL; the databases; keys and issuer. */
async function startFoundation({ options, started, portOf, timed }: Startup) {
  const { dataDir, log, env = {} } = options
  const folder = await claimFolder(dataDir, `the platform on ${dataDir}`, log)
  started.push({ name: 'data folder', stop: folder.release })
  if (options.reset) await timed('the data are emptied', () => emptyData(dataDir, log))

  const wanted = wantedPorts(portOf)
  const postgres = await timed('PostgreSQL runs', () =>
    startPostgres({ folder, port: portOf('POSTGRES_PORT', postgresPort), durable: true, log }),
  )
  started.push({ name: 'PostgreSQL', stop: postgres.stop })
  const redis = await timed('Redis is looked for', () => provideRedis({ folder, env, log }))
  started.push({ name: 'Redis', stop: redis.stop })
  await assertFree(wanted)
  const databases = await timed('the databases are up to date', () => prepareDatabases(postgres, folder.secrets, log))
  const keys = await openKeys(folder.secrets)
  const issuer = await timed('the development issuer runs', () =>
    startIssuer({ port: portOf('ISSUER_PORT', issuerPort), secrets: folder.secrets, env }),
  )
  started.push({ name: 'issuer', stop: issuer.stop })
  return { postgres, databases, keys, issuer, redis }
}

/** How services are started for trying things out: on loopback, in this process or each in its own. */
function startingOf({ options: { env = {}, separate = false, log }, portOf }: Startup) {
  const common = {
    NODE_ENV: 'development',
    LOG_LEVEL: env.LOG_LEVEL ?? 'warn',
    OTEL_EXPORTER_OTLP_ENDPOINT: env.OTEL_EXPORTER_OTLP_ENDPOINT,
    HOST: '127.0.0.1',
  }
  return {
    common,
    separate,
    log,
    portOf: (service: Service) => portOf(portVariable(service), service.port),
  }
}

function wantedPorts(portOf: (variable: string, standard: number) => number) {
  const all = services.flat().map((service) => ({
    variable: portVariable(service),
    port: portOf(portVariable(service), service.port),
    what: `the service ${service.name}`,
  }))
  return [...all, { variable: 'ISSUER_PORT', port: portOf('ISSUER_PORT', issuerPort), what: 'the development issuer' }]
}

/** Tells other programs where the platform answers, for as long as it does. */
function announce(dataDir: string, platform: object, started: Stoppable[]): void {
  const file = join(dataDir, 'platform.json')
  writeFileSync(file, `${JSON.stringify({ pid: process.pid, ...platform }, null, 2)}\n`)
  started.push({ name: 'announcement', stop: () => rmSync(file, { force: true }) })
}

/** Removes the data and the secrets made for them. Other folders below (of the demo, of tests) are their own. */
async function emptyData(dataDir: string, log: (line: string) => void): Promise<void> {
  await removePostgres(dataDir, log)
  rmSync(join(dataDir, 'redis'), { recursive: true, force: true })
  rmSync(mailFolderIn(dataDir), { recursive: true, force: true })
  rmSync(join(dataDir, 'secrets.json'), { force: true })
}

/** A process of its own may run elsewhere, so the path is told in full. */
const mailFolderIn = (dataDir: string) => resolve(dataDir, 'mail')
