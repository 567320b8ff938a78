import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asSuperuser } from './databases.ts'
import { type TestDatabase, testDatabase } from './testing/index.ts'

const tenant = '11111111-1111-4111-8111-111111111111'
const other = '22222222-2222-4222-8222-222222222222'
const nobody = '00000000-0000-4000-8000-000000000000'
const employees = 5_000

let database: TestDatabase
let service: pg.Client

/** Two firms' employees, seen as the service sees them: by row-level security, one firm's alone. */
beforeAll(async () => {
  database = await testDatabase('hr')
  const superuser = new pg.Client({ connectionString: database.superuserUrl })
  await superuser.connect()
  for (const tenantId of [tenant, other]) {
    await superuser.query('insert into department (id, tenant_id, name) values (uuidv7(), $1, $2)', [tenantId, 'A'])
    await superuser.query(
      `insert into employee (id, tenant_id, personnel_number, first_name, last_name, birth_date, department_id, drafted_at)
       select uuidv7(), $1, 'P-' || nth, 'Vorname ' || nth % 97, 'Name ' || nth % 1009, '1990-01-01',
         (select id from department where tenant_id = $1), now() from generate_series(1, $2::int) nth`,
      [tenantId, employees],
    )
  }
  await superuser.query(
    `insert into contract (id, tenant_id, employee_id, position, starts_on, weekly_hours_hundredths,
       monthly_gross_cents, last_edited_by)
     select uuidv7(), tenant_id, id, 'Prüfer', date '2020-01-01' + (hashtext(id::text) % 1000), 3850, 345000, 'clerk'
     from employee`,
  )
  await superuser.query('analyze')
  await superuser.end()
  service = new pg.Client({ connectionString: database.serviceUrl })
  await service.connect()
  await service.query("select set_config('app.tenant', $1, false)", [tenant])
})
afterAll(async () => {
  await service.end()
  await database.drop()
})

it.each([
  ['personnel number', 'personnel_number', "'P-2500'", 'employee_tenant_id_personnel_number_key'],
  ['name', 'sort_name', "'Name 500'", 'employee_by_name'],
  ['start', 'starts_on', "date '2020-06-01'", 'contract_by_start'],
])('a page of employees by %s is a range of an index, deep in the list too', async (_, key, at, index) => {
  for (const direction of ['asc', 'desc']) {
    const [from, past] = direction === 'asc' ? ['>=', '>'] : ['<=', '<']
    const { rows } = await service.query<{ 'QUERY PLAN': string }>(
      `explain select * from employee_listed
       where ${key} ${from} ${at} and (${key} ${past} ${at} or id ${past} '${nobody}')
       order by ${key} ${direction}, id ${direction} limit 26`,
    )
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toContain(index)
    expect(plan).toMatch(new RegExp(`Index Cond: .*tenant_id.*${key}`))
    expect(plan).not.toContain('Seq Scan')
  }
})

it('a page of dead letters that are open is a range of an index, however many were settled', async () => {
  const processes = await testDatabase('processes')
  await asSuperuser(processes.superuserUrl, (superuser) =>
    superuser.query(`
      insert into saga.dead_letter (tenant_id, source, reference, type, code, message, settled_at)
      select '${tenant}', 'EVENT', nth, 'hr.EmployeeDrafted', 'ZodError', '', case when nth % 500 > 0 then now() end
      from generate_series(1, ${employees}) nth;
      analyze saga.dead_letter`),
  )
  const plan = await asSuperuser(processes.serviceUrl, async (client) => {
    await client.query("select set_config('app.tenant', $1, false)", [tenant])
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      'explain select * from saga.dead_letter where settled_at is null order by id desc limit 26',
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  })
  await processes.drop()
  expect(plan).toMatch(/Index Scan.* using dead_letter_waiting/)
  expect(plan).not.toContain('Sort')
})
