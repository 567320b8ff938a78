import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { migrate } from '@steinmetz/kernel/migration'
import pg from 'pg'
import type { Postgres } from './postgres.ts'
import type { Secrets } from './secrets.ts'

/** What a role may do is decided by its kind; its name is `<database>_<kind>`. */
export type RoleKind = 'owner' | 'service' | 'relay' | 'engine'

/** One database: who may connect to it, and the folders below `prisma/` whose changelogs make it. */
export type DatabaseSpec = {
  name: string
  roles: readonly RoleKind[]
  changelogs: readonly string[]
  /** The service brings tables of its own, and may create a schema for them. */
  serviceCreates?: boolean
}

export const databases: readonly DatabaseSpec[] = [
  domain('hr'),
  domain('payroll'),
  domain('billing'),
  domain('approvals'),
  domain('compliance'),
  domain('processes', ['engine']),
  { name: 'bus', roles: ['owner', 'service'], changelogs: ['bus'] },
  { name: 'queue', roles: ['owner', 'service'], changelogs: [], serviceCreates: true },
]

function domain(name: string, more: readonly RoleKind[] = []): DatabaseSpec {
  return { name, roles: ['owner', 'service', 'relay', ...more], changelogs: ['kernel', name] }
}

/** Connection URLs of the databases that are ready. */
export type DatabaseUrls = { url(database: string, role: RoleKind): string }

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/** Stands as a comment on a database once its privileges are set; another text has them set anew. */
const configured = 'erp-steinmetz: privileges 2'

/**
 * Brings every database to what this checkout says: roles, databases, privileges, migrations. What is
 * there already is left alone, so that a second start costs one look at each.
 */
export async function prepareDatabases(
  postgres: Postgres,
  secrets: Secrets,
  log: (line: string) => void,
  specs = databases,
): Promise<DatabaseUrls> {
  const { url, ready } = await createAll(postgres, secrets, specs)
  await Promise.all(
    specs.map(async (spec) => {
      const ownerUrl = url(spec.name, 'owner')
      if (!ready.has(spec.name)) await setPrivileges(ownerUrl, spec.name, spec)
      await migrateDatabase(ownerUrl, spec, log)
    }),
  )
  return { url }
}

/** Creates the roles and databases that are missing, as an administrator would. `ready` are those whose privileges are set. */
export async function createAll(
  postgres: Postgres,
  secrets: Secrets,
  specs = databases,
): Promise<DatabaseUrls & { ready: ReadonlySet<string> }> {
  const passwords = await rolePasswords(specs, secrets)
  const ready = await asSuperuser(postgres.url('postgres'), async (client) => {
    await createRoles(client, passwords)
    return createDatabases(client, specs)
  })
  return {
    ready,
    url(database, role) {
      const name = `${database}_${role}`
      const password = passwords.get(name)
      if (password === undefined) throw new Error(`the database ${database} has no role ${role}`)
      return postgres.url(database, { name, password })
    },
  }
}

async function rolePasswords(specs: readonly DatabaseSpec[], secrets: Secrets): Promise<Map<string, string>> {
  const names = specs.flatMap(roleNames)
  const password = () => randomBytes(24).toString('base64url')
  return new Map(await Promise.all(names.map(async (name) => [name, await secrets.get(name, password)] as const)))
}

export function roleNames({ name, roles }: DatabaseSpec): string[] {
  return roles.map((role) => `${name}_${role}`)
}

/** Runs statements as the superuser, which nobody but the stack ever is. */
export async function asSuperuser<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'steinmetz stack' })
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Creates the roles that are missing. None may do anything beyond what a database's owner grants it. */
export async function createRoles(client: pg.Client, passwords: ReadonlyMap<string, string>): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>('select rolname from pg_roles')
  const present = new Set(rows.map(({ rolname }) => rolname))
  const missing = [...passwords].filter(([name]) => !present.has(name))
  if (missing.length === 0) return
  await client.query('revoke all on database postgres, template1 from public')
  for (const [name, password] of missing)
    await client.query(
      `create role ${client.escapeIdentifier(name)} login nosuperuser nocreatedb nocreaterole nobypassrls
         password ${client.escapeLiteral(password)}`,
    )
}

/** Creates the databases that are missing; returns the names of those whose privileges are set. */
async function createDatabases(client: pg.Client, specs: readonly DatabaseSpec[]): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string; comment: string | null }>(
    `select datname as name, shobj_description(oid, 'pg_database') as comment from pg_database`,
  )
  const present = new Set(rows.map(({ name }) => name))
  for (const { name } of specs)
    if (!present.has(name)) await client.query(`create database "${name}" owner "${name}_owner"`)
  return new Set(rows.filter(({ comment }) => comment === configured).map(({ name }) => name))
}

/**
 * Least privilege, set by the owner: only the roles of a database may connect to it, and none but the owner
 * creates anything, unless its service brings its own tables. What they may read and write is granted by
 * the changelogs. `database` is the one to set, which in tests is a copy under another name.
 */
export async function setPrivileges(ownerUrl: string, database: string, spec: DatabaseSpec): Promise<void> {
  const others = roleNames(spec).filter((name) => name !== `${spec.name}_owner`)
  await asSuperuser(ownerUrl, (owner) =>
    owner.query(`begin;
      revoke all on database "${database}" from public;
      grant connect on database "${database}" to ${others.join(', ')};
      ${spec.serviceCreates ? `grant create, temporary on database "${database}" to ${spec.name}_service;` : ''}
      revoke all on schema public from public;
      grant usage on schema public to ${others.join(', ')};
      comment on database "${database}" is '${configured}';
      commit`),
  )
}

/** Applies the changelogs of a database: the kernel's first, then its own. */
export async function migrateDatabase(
  ownerUrl: string,
  { name, roles, changelogs }: DatabaseSpec,
  log: (line: string) => void,
): Promise<void> {
  const began = performance.now()
  const folders = changelogs
    .map((folder) => `prisma/${folder}/changelog`)
    .filter((path) => existsSync(join(root, path)))
  if (folders.length === 0) return
  const parameters = Object.fromEntries(roles.map((role) => [role, `${name}_${role}`]))
  const applied = await migrate({ url: ownerUrl, root, folders, parameters })
  if (applied.length > 0)
    log(`migrated ${name}: ${applied.length} changesets in ${Math.round(performance.now() - began)} ms`)
}
