import {
  base64Key,
  ConfigError,
  type Environment,
  host,
  httpUrl,
  type PrivateJwk,
  postgresUrl,
  privateJwk,
  readConfig,
} from '@steinmetz/kernel/config'
import { z } from 'zod'
import { type DatabaseUrls, databases, type RoleKind } from './databases.ts'
import { keysOf } from './keys.ts'
import { type Parts, type Service, services } from './services.ts'
import type { Lines } from './settingsOfServices.ts'
import { portFrom, portVariable } from './startServices.ts'

/** An installation as its environment file describes it. */
export type Production = {
  parts: Parts
  /** What every service is told besides: the lines of the file that are none of the names known here. */
  common: Environment
  gatewayHost: string
  portOf(service: Service): number
}

/** `HR_DATABASE_URL` is the service's; the others say whose they are, as in `HR_OWNER_DATABASE_URL`. */
export function urlVariable(database: string, role: RoleKind): string {
  return `${database}_${role === 'service' ? '' : `${role}_`}database_url`.toUpperCase()
}

/**
 * Reads an environment file's settings. Throws one ConfigError that names everything that is missing, wrong, or for
 * development alone. What only the services know (limits, for instance) is told by `ofServices`.
 */
export async function productionSettings(
  file: Environment,
  ofServices: (lines: Lines) => Promise<readonly string[]>,
): Promise<Production> {
  const wanted = await connectionsWanted()
  const connections = wanted.map(({ database, role }) => [urlVariable(database, role), urlOf(database, role)] as const)
  const schema = z.object({ ...general, ...Object.fromEntries(connections) })
  const lines = linesForServices(file, Object.keys(schema.shape))
  const portOf = (service: Service) => portFrom(file, portVariable(service), service.port)
  const [settings, ...ports] = [
    problemsIn(() => readConfig(schema, { ...file, NODE_ENV: 'production' })),
    ...services.flat().map((service) => problemsIn(() => portOf(service))),
  ]
  const wrong = [...(settings ?? []), ...ports.flat(), ...(await ofServices(lines))]
  if (wrong.length > 0) throw new ConfigError(wrong)
  const read = readConfig(schema, { ...file, NODE_ENV: 'production' }) as z.output<z.ZodObject<typeof general>>
  const key = (name: 'GATEWAY_SIGNING_KEY' | 'SAGA_WORKER_SIGNING_KEY' | 'APPROVALS_SIGNING_KEY') =>
    JSON.stringify(read[name] satisfies PrivateJwk)
  return {
    parts: {
      databases: { url: (database, role) => file[urlVariable(database, role)]?.trim() ?? '' },
      keys: keysOf({
        gateway: key('GATEWAY_SIGNING_KEY'),
        worker: key('SAGA_WORKER_SIGNING_KEY'),
        approvals: key('APPROVALS_SIGNING_KEY'),
        personalData: read.PERSONAL_DATA_KEY.toString('base64'),
      }),
      issuer: { url: read.ISSUER_URL, jwksUrl: read.JWKS_URL },
      redisUrl: read.REDIS_URL,
      // A line of the file like any other, where it is there.
      mailFolder: undefined,
      studio: lines.studio,
      urls: new Map(),
    },
    common: lines.common,
    gatewayHost: read.GATEWAY_HOST,
    portOf,
  }
}

/** Whatever the start itself does not read is for the services; what Apollo Studio is told by, for the gateway alone. */
function linesForServices(file: Environment, read: readonly string[]): Lines {
  const own = new Set(['NODE_ENV', ...read, ...services.flat().map(portVariable)])
  const left = Object.entries(file).filter(([name]) => !own.has(name))
  const isStudios = ([name]: [string, unknown]) => name.startsWith('APOLLO_')
  return {
    common: Object.fromEntries(left.filter((line) => !isStudios(line))),
    studio: Object.fromEntries(left.filter(isStudios)),
  }
}

function problemsIn(read: () => unknown): readonly string[] {
  try {
    read()
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    return [error instanceof Error ? error.message : String(error)]
  }
}

const https = httpUrl.refine((url) => url.startsWith('https:'), 'must be https in production')
const signedBy = (service: string) =>
  privateJwk
    .refine(({ kid }) => kid.startsWith(service), `its kid does not begin with ${service}`)
    .describe(`a private Ed25519 key as a JWK whose kid begins with ${service}, in JSON`)

const general = {
  ISSUER_URL: https.describe('the https URL of the issuer of users’ tokens, as it stands in their claim iss'),
  JWKS_URL: https.describe('the https URL of the issuer’s keys').optional(),
  REDIS_URL: z
    .string()
    .refine((value) => /^rediss?:\/\//.test(value) && URL.canParse(value), 'is not a Redis URL')
    .describe('a URL such as redis://:password@127.0.0.1:6379')
    .optional(),
  GATEWAY_HOST: host.default('127.0.0.1'),
  GATEWAY_SIGNING_KEY: signedBy('gateway'),
  SAGA_WORKER_SIGNING_KEY: signedBy('saga-worker'),
  APPROVALS_SIGNING_KEY: signedBy('approvals'),
  PERSONAL_DATA_KEY: base64Key(32),
}

/** Changelogs grant to roles by these names, so another role would be refused by the database, statement by statement. */
function urlOf(database: string, role: RoleKind) {
  const name = `${database}_${role}`
  return postgresUrl
    .refine((url) => new URL(url).username === name, `does not connect as the role ${name}`)
    .describe(`a PostgreSQL URL of the role ${name}, such as postgresql://${name}:password@db.example.org/${database}`)
}

/** Every connection the services ask for, and those by which the databases are migrated. */
export async function connectionsWanted(): Promise<readonly { database: string; role: RoleKind }[]> {
  const wanted = new Map(databases.map(({ name }) => [`${name} owner`, { database: name, role: 'owner' as RoleKind }]))
  const asking: DatabaseUrls = {
    url(database, role) {
      wanted.set(`${database} ${role}`, { database, role })
      return ''
    },
  }
  for (const service of services.flat()) await service.settings({ ...emptyParts, databases: asking })
  return [...wanted.values()].sort((a, b) =>
    urlVariable(a.database, a.role).localeCompare(urlVariable(b.database, b.role)),
  )
}

/** Parts that say nothing: what a service asks for is seen without them being there. */
export const emptyParts: Parts = {
  databases: { url: () => '' },
  keys: { gateway: '', worker: '', approvals: '', internalJwks: '', approvalsJwks: '', personalData: '' },
  issuer: { url: '', jwksUrl: undefined },
  redisUrl: undefined,
  mailFolder: undefined,
  studio: {},
  urls: new Map(),
}
