import { testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from './databases.ts'
import type { TestDatabase } from './testing/index.ts'

const all = new Map<string, TestDatabase>()

beforeAll(async () => {
  for (const { name } of databases) all.set(name, await testDatabase(name))
})

afterAll(async () => {
  for (const database of all.values()) await database.drop()
})

function database(name: string): TestDatabase {
  const found = all.get(name)
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const everyName = databases.map(({ name }) => name)

describe('the roles of the databases', () => {
  it('are no superusers, bypass no row-level security, and create neither roles nor databases', async () => {
    const rows = await query(
      database('hr').ownerUrl,
      `select rolname from pg_roles where (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb) and rolname !~ '^pg_'`,
    )
    expect(rows).toEqual([{ rolname: 'postgres' }])
  })

  it.each(everyName)('of another database cannot connect to %s', async (name) => {
    const stranger = name === 'hr' ? 'payroll' : 'hr'
    const url = new URL(database(name).serviceUrl)
    url.username = `${stranger}_service`
    await expect(query(url.href, 'select 1')).rejects.toThrow('permission denied for database')
  })

  it.each(everyName)('of %s own nothing but as its owner', async (name) => {
    const rows = await query(
      database(name).ownerUrl,
      `select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace >= 16384 or relnamespace = 'public'::regnamespace`,
    )
    expect(rows.filter(({ owner }) => owner !== `${name}_owner`)).toEqual([])
  })

  it.each(everyName)('that serve %s create no table in it', async (name) => {
    const url = database(name).serviceUrl
    await expect(query(url, 'create table mine ()')).rejects.toThrow('permission denied for schema public')
    const temporary = query(url, 'create temporary table mine ()')
    // BullMQ's scripts collect in temporary tables.
    if (name === 'queue') await temporary
    else await expect(temporary).rejects.toThrow('permission denied to create temporary')
  })

  it.each(everyName)('that serve %s create a schema only where a library brings its own', async (name) => {
    const created = query(database(name).serviceUrl, 'create schema mine')
    if (name === 'queue') await created
    else await expect(created).rejects.toThrow('permission denied for database')
  })
})
