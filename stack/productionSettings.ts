import {
  base64Key,
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
 * development alone, of all services; what only one service knows (limits, for instance) it checks itself.
 */
export async function productionSettings(file: Environment): Promise<Production> {
  const wanted = await connectionsWanted()
  const connections = wanted.map(({ database, role }) => [urlVariable(database, role), urlOf(database, role)] as const)
  const schema = z.object({ ...general, ...Object.fromEntries(connections) })
  const read = readConfig(schema, { ...file, NODE_ENV: 'production' }) as z.output<z.ZodObject<typeof general>>
  const own = new Set(['NODE_ENV', ...Object.keys(schema.shape), ...services.flat().map(portVariable)])
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
      urls: new Map(),
    },
    common: Object.fromEntries(Object.entries(file).filter(([name]) => !own.has(name))),
    gatewayHost: read.GATEWAY_HOST,
    portOf: (service) => portFrom(file, portVariable(service), service.port),
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
  const nothing = keysWithoutContent
  const without = { issuer: { url: '', jwksUrl: undefined }, redisUrl: undefined, mailFolder: undefined }
  for (const service of services.flat())
    await service.settings({ ...without, databases: asking, keys: nothing, urls: new Map() })
  return [...wanted.values()].sort((a, b) =>
    urlVariable(a.database, a.role).localeCompare(urlVariable(b.database, b.role)),
  )
}

const keysWithoutContent = {
  gateway: '',
  worker: '',
  approvals: '',
  internalJwks: '',
  approvalsJwks: '',
  personalData: '',
}
