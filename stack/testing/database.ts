import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { inject } from 'vitest'
import { asSuperuser, type DatabaseSpec, migrateDatabase, type RoleKind, setPrivileges } from '../databases.ts'
import { testSpec } from './specs.ts'

/** A database of a test's own, and how each role connects to it. */
export type TestDatabase = {
  name: string
  ownerUrl: string
  serviceUrl: string
  relayUrl: string
  engineUrl: string
  /** Sees every tenant's rows: for a test that looks behind the scenes. */
  superuserUrl: string
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>
}

/**
 * A fresh database like the platform's one of that name (hr, payroll, billing, approvals, compliance, processes, bus,
 * queue; `kernel` has the kernel's tables alone), with its roles, privileges and tables, and no row. Takes
 * some 50 ms. `migrated: false` leaves out the tables. A role that the original lacks cannot connect.
 */
export async function testDatabase(domain: string, { migrated = true } = {}): Promise<TestDatabase> {
  const spec = testSpec(domain)
  const name = `test_${domain}_${randomUUID().replaceAll('-', '')}`
  await asSuperuser(superuserUrl(), async (client) => {
    const template = migrated ? await templateOf(client, spec) : 'template1'
    await client.query(`create database "${name}" owner "${domain}_owner" template "${template}"`)
  })
  const url = (role: RoleKind) => urlOf(name, `${domain}_${role}`)
  // A copy takes over what is granted within the database, but not who may connect to it.
  await setPrivileges(url('owner'), name, spec)
  return {
    name,
    ownerUrl: url('owner'),
    serviceUrl: url('service'),
    relayUrl: url('relay'),
    engineUrl: url('engine'),
    superuserUrl: urlOf(name, 'postgres'),
    drop: () =>
      asSuperuser(
        superuserUrl(),
        async (client) => void (await client.query(`drop database if exists "${name}" with (force)`)),
      ),
  }
}

/** The migrated original that tests get copies of, made by whichever test file asks first. */
async function templateOf(client: pg.Client, spec: DatabaseSpec): Promise<string> {
  const template = `template_${spec.name}`
  await client.query('select pg_advisory_lock(hashtext($1))', [template])
  try {
    const { rows } = await client.query('select 1 from pg_database where datname = $1 and not datallowconn', [template])
    if (rows.length > 0) return template
    const ownerUrl = urlOf(template, `${spec.name}_owner`)
    await client.query(`drop database if exists ${template} with (force)`)
    await client.query(`create database ${template} owner ${spec.name}_owner`)
    await setPrivileges(ownerUrl, template, spec)
    await migrateDatabase(ownerUrl, spec, () => {})
    // Complete, and kept so: a copy can only be made of a database to which nobody is connected.
    await client.query(`alter database ${template} allow_connections false`)
    return template
  } finally {
    await client.query('select pg_advisory_unlock(hashtext($1))', [template])
  }
}

function superuserUrl(): string {
  return urlOf('postgres', 'postgres')
}

function urlOf(database: string, role: string): string {
  const { port, password } = inject('postgres')
  return `postgresql://${role}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
}
