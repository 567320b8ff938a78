import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Environment, Running } from '@steinmetz/kernel/config'
import type { DatabaseUrls } from './databases.ts'
import { audience, type Issuer } from './issuer.ts'
import type { Keys } from './keys.ts'
import { roles } from './people.ts'

/** One process of production, which here shares ours: how it is started, where, and with which settings. */
export type Service = {
  name: string
  /** Its port when the environment does not say otherwise by `<NAME>_PORT`. */
  port: number
  /** The file that is run when it has a process of its own, from the root of the repository. */
  entry: string
  load(): Promise<Program>
  settings(platform: Parts): Environment | Promise<Environment>
}

/** An entry file's code. `check` throws a ConfigError that names every mistake by which `start` would not begin. */
export type Program = { start(env: Environment): Promise<Running>; check(env: Environment): void }

/** What is there for a service to be told of. `urls` are those of the services started before it. */
export type Parts = {
  databases: DatabaseUrls
  keys: Keys
  issuer: { url: string; jwksUrl: string | undefined }
  /** Unset where there is no Redis. */
  redisUrl: string | undefined
  /** Where mails are put instead of being sent; unset, invoices wait to be mailed. */
  mailFolder: string | undefined
  urls: ReadonlyMap<string, string>
  /** What the gateway is told of Apollo Studio: nobody else gets its key. */
  studio: Environment
  /** The development issuer, where it is there: it gives GraphiQL its tokens. Never in production. */
  development?: Issuer
}

const subgraphNames = ['hr', 'payroll', 'approvals', 'compliance', 'processes', 'billing'] as const
type SubgraphName = (typeof subgraphNames)[number]

const subgraphs: readonly Service[] = [
  subgraph('hr', 4010, () => import('@steinmetz/hr/main')),
  subgraph('payroll', 4011, () => import('@steinmetz/payroll/main')),
  subgraph(
    'approvals',
    4012,
    () => import('@steinmetz/approvals/main'),
    ({ keys }) => ({
      APPROVALS_SIGNING_KEY: keys.approvals,
    }),
  ),
  subgraph(
    'compliance',
    4013,
    () => import('@steinmetz/compliance/main'),
    ({ databases }) => ({
      BUS_DATABASE_URL: databases.url('bus', 'service'),
    }),
  ),
  subgraph('processes', 4014, () => import('@steinmetz/processes/main')),
  subgraph('billing', 4015, () => import('@steinmetz/billing/main')),
]

/** Compliance takes no command, so it has no events to tell. */
const relays: readonly Service[] = [
  relay('hr', 4110, () => import('@steinmetz/hr/relay')),
  relay('payroll', 4111, () => import('@steinmetz/payroll/relay')),
  relay('approvals', 4112, () => import('@steinmetz/approvals/relay')),
  relay('processes', 4114, () => import('@steinmetz/processes/relay')),
  relay('billing', 4115, () => import('@steinmetz/billing/relay')),
]

const sagaWorker: Service = {
  name: 'saga-worker',
  port: 4020,
  entry: 'saga-worker/main.ts',
  load: () => import('@steinmetz/saga-worker/main'),
  settings: ({ databases, keys, urls, redisUrl, mailFolder }) => ({
    ENGINE_DATABASE_URL: databases.url('processes', 'engine'),
    BUS_DATABASE_URL: databases.url('bus', 'service'),
    QUEUE_DATABASE_URL: databases.url('queue', 'service'),
    REDIS_URL: redisUrl,
    INTERNAL_SIGNING_KEY: keys.worker,
    SUBGRAPH_URLS: subgraphUrls(urls),
    MAIL_FOLDER: mailFolder,
  }),
}

const gateway: Service = {
  name: 'gateway',
  port: 4000,
  entry: 'gateway/main.ts',
  load: () => import('@steinmetz/gateway/main'),
  settings: async ({ keys, issuer, urls, redisUrl, studio, development }) => ({
    ...studio,
    ISSUER_URL: issuer.url,
    JWKS_URL: issuer.jwksUrl,
    AUDIENCE: development && audience,
    INTERNAL_SIGNING_KEY: keys.gateway,
    SUBGRAPH_URLS: subgraphUrls(urls),
    READY_URLS: readyUrls(urls, development),
    REDIS_URL: redisUrl,
    ...(development && {
      WATCH_SUBGRAPHS: join(dirname(dirname(fileURLToPath(import.meta.url))), 'subgraphs'),
      DEVELOPMENT_TOKENS: JSON.stringify(await tokensOfRoles(development)),
      CORS_ORIGINS: JSON.stringify(studioOrigins),
    }),
  }),
}

/** Pages that may ask a gateway in development: Apollo Studio and its Sandbox (docs/studio.md). */
const studioOrigins = ['https://studio.apollographql.com']

/** In the order they start, those of one row at once; stopped in the opposite order. */
export const services: readonly (readonly Service[])[] = [subgraphs, relays, [sagaWorker], [gateway]]

/** A ready-made token for each demo role. */
export async function tokensOfRoles({ mintToken }: Issuer): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(roles.map(async (role) => [role, await mintToken({ role })])))
}

function subgraph(
  name: SubgraphName,
  port: number,
  load: Service['load'],
  more: (parts: Parts) => Environment = () => ({}),
): Service {
  return {
    name,
    port,
    entry: `subgraphs/${name}/main.ts`,
    load,
    settings: (parts) => ({
      DATABASE_URL: parts.databases.url(name, 'service'),
      INTERNAL_JWKS: parts.keys.internalJwks,
      APPROVALS_JWKS: parts.keys.approvalsJwks,
      PERSONAL_DATA_KEY: parts.keys.personalData,
      ...more(parts),
    }),
  }
}

function relay(name: SubgraphName, port: number, load: Service['load']): Service {
  return {
    name: `${name}-relay`,
    port,
    entry: `subgraphs/${name}/relay.ts`,
    load,
    settings: ({ databases }) => ({
      RELAY_DATABASE_URL: databases.url(name, 'relay'),
      BUS_DATABASE_URL: databases.url('bus', 'service'),
    }),
  }
}

function subgraphUrls(urls: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries(subgraphNames.map((name) => [name, `${urls.get(name)}/graphql`])))
}

/** Only an issuer of ours says whether it is ready; without another's, tokens are still verified by keys that are kept. */
function readyUrls(urls: ReadonlyMap<string, string>, issuer: Issuer | undefined): string {
  const all = [...urls, ...(issuer ? [['issuer', issuer.url] as const] : [])]
  return JSON.stringify(Object.fromEntries(all.map(([name, url]) => [name, `${url}/readyz`])))
}
