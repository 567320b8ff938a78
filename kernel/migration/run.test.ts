import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestDatabase, testDatabase } from '@steinmetz/stack/testing'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, preview, rollback } from './index.ts'

let root: string
let database: TestDatabase

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'changelog-'))
  database = await testDatabase('hr', { migrated: false })
})

afterEach(async () => {
  await database.drop()
  await rm(root, { recursive: true })
})

const folders = ['prisma/kernel/changelog', 'prisma/hr/changelog']

async function write(path: string, ...changesets: string[]): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), ['--liquibase formatted sql', ...changesets].join('\n\n'))
}

const tenant = '--changeset steinmetz:tenant\ncreate table tenant (id int primary key);\n--rollback drop table tenant;'
const employee = `--changeset steinmetz:employee
create table employee (id int primary key, tenant int references tenant);
grant select on employee to \${service};
--rollback drop table employee;`

async function writeBoth(): Promise<void> {
  await write('prisma/hr/changelog/0001-employee.sql', employee)
  await write('prisma/kernel/changelog/0001-tenant.sql', tenant)
}

const migration = () => ({ url: database.ownerUrl, root, folders, parameters: { service: 'hr_service' } })
const ids = (changesets: readonly { id: string }[]) => changesets.map(({ id }) => id)

async function query<Row extends pg.QueryResultRow>(sql: string, url = database.ownerUrl): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

async function tables(): Promise<string[]> {
  const rows = await query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'databasechangelog%' order by 1`,
  )
  return rows.map(({ name }) => name)
}

describe('a migration', () => {
  it('applies what is missing, folder by folder, and nothing the second time', async () => {
    await writeBoth()
    expect(ids(await migrate(migration()))).toEqual(['tenant', 'employee'])
    expect(await query('select * from employee', database.serviceUrl)).toEqual([])
    expect(await migrate(migration())).toEqual([])

    await write('prisma/hr/changelog/0002-contract.sql', '--changeset steinmetz:contract\ncreate table contract ();')
    expect(ids(await migrate(migration()))).toEqual(['contract'])
  })

  it('leaves the record that Liquibase would go by', async () => {
    await writeBoth()
    await migrate(migration())
    const rows = await query(
      'select id, author, filename, orderexecuted, exectype, md5sum, length(deployment_id) as digits from databasechangelog order by orderexecuted',
    )
    const common = { author: 'steinmetz', exectype: 'EXECUTED', md5sum: null, digits: 10 }
    expect(rows).toEqual([
      { ...common, id: 'tenant', filename: 'prisma/kernel/changelog/0001-tenant.sql', orderexecuted: 1 },
      { ...common, id: 'employee', filename: 'prisma/hr/changelog/0001-employee.sql', orderexecuted: 2 },
    ])
  })

  it('takes over where Liquibase has been, and from then on notices an edit', async () => {
    await writeBoth()
    await migrate(migration())
    await query('drop table databasechangelog_checksum')

    expect(await preview(migration())).toEqual([])
    expect(await migrate(migration())).toEqual([])
    await write('prisma/kernel/changelog/0001-tenant.sql', tenant.replace('int', 'bigint'))
    await expect(migrate(migration())).rejects.toThrow('was changed after it was applied')
  })

  it('refuses an edited changeset before it touches anything', async () => {
    await write('prisma/kernel/changelog/0001-tenant.sql', tenant)
    await migrate({ ...migration(), folders: ['prisma/kernel/changelog'] })
    await writeBoth()
    await write('prisma/kernel/changelog/0001-tenant.sql', tenant.replace('id int', 'id bigint'))

    await expect(migrate(migration())).rejects.toMatchObject({ kind: 'bug', code: 'CHANGESET_EDITED' })
    await expect(migrate(migration())).rejects.toThrow('steinmetz:tenant (prisma/kernel/changelog/0001-tenant.sql)')
    expect(await tables()).toEqual(['tenant'])
  })

  it('stops at a broken changeset, naming its line, and keeps nothing of it', async () => {
    await write(
      'prisma/kernel/changelog/0001-tenant.sql',
      tenant,
      '--changeset steinmetz:broken\ncreate table half ();\n\ncreate table other (id unheard_of);',
    )
    await mkdir(join(root, 'prisma/hr/changelog'), { recursive: true })

    const failed = migrate(migration())
    await expect(failed).rejects.toMatchObject({ kind: 'bug', code: 'CHANGESET_FAILED' })
    await expect(failed).rejects.toThrow(/0001-tenant\.sql:10: type "unheard_of" does not exist/)
    expect(await tables()).toEqual(['tenant'])
    expect(ids(await preview(migration()))).toEqual(['broken'])
  })

  it('lets two that start at once apply everything once', async () => {
    await writeBoth()
    const both = await Promise.all([migrate(migration()), migrate(migration())])
    expect(both.map((applied) => applied.length).sort()).toEqual([0, 2])
  })

  it('says when the database does not answer', async () => {
    await writeBoth()
    const nobody = migrate({ ...migration(), url: 'postgresql://hr_owner@127.0.0.1:1/hr' })
    await expect(nobody).rejects.toMatchObject({ kind: 'fault', code: 'DATABASE_UNAVAILABLE' })
  })
})

describe('a preview', () => {
  it('shows the SQL as it would be sent, and changes nothing', async () => {
    await writeBoth()
    const [, second] = await preview(migration())
    expect(second?.sql).toContain('grant select on employee to hr_service')
    expect(await tables()).toEqual([])
    expect(await query(`select to_regclass('databasechangelog') as there`)).toEqual([{ there: null }])
  })
})

describe('a rollback', () => {
  it('takes the latest back first, without their files, so that they can be applied again', async () => {
    await writeBoth()
    await migrate(migration())
    await rm(join(root, 'prisma/hr/changelog/0001-employee.sql'))

    expect(ids(await rollback({ url: database.ownerUrl, count: 1 }))).toEqual(['employee'])
    expect(await tables()).toEqual(['tenant'])
    await writeBoth()
    expect(ids(await migrate(migration()))).toEqual(['employee'])
    expect(ids(await rollback({ url: database.ownerUrl, count: 9 }))).toEqual(['employee', 'tenant'])
    expect(await tables()).toEqual([])
  })

  it('is refused, before anything is touched, where one changeset does not say how', async () => {
    await writeBoth()
    await write('prisma/hr/changelog/0002.sql', '--changeset steinmetz:oneway\ncreate table contract ();')
    await migrate(migration())

    await expect(rollback({ url: database.ownerUrl, count: 2 })).rejects.toMatchObject({ code: 'ROLLBACK_MISSING' })
    expect(await tables()).toEqual(['contract', 'employee', 'tenant'])
  })

  it('keeps what cannot be taken back', async () => {
    await writeBoth()
    await migrate(migration())
    await query('create view staff as select id from employee')

    await expect(rollback({ url: database.ownerUrl, count: 1 })).rejects.toMatchObject({ code: 'CHANGESET_FAILED' })
    expect(await migrate(migration())).toEqual([])
  })
})
