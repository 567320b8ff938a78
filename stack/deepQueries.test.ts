import { start as startCompliance } from '@steinmetz/compliance/main'
import { start as startHr } from '@steinmetz/hr/main'
import { start as startPayroll } from '@steinmetz/payroll/main'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, counted, oneConnection, type TestSubgraph, testDatabase, testSubgraph } from './testing/index.ts'

const auditor: Caller = { person: 'auditor', scopes: ['hr:read', 'payroll:read', 'compliance:read', 'hr:personal'] }
const employeesAtMost = 100

describe('a deep query over employees sends as many statements for a hundred as for two', () => {
  let hr: TestSubgraph
  let payroll: TestSubgraph
  let compliance: TestSubgraph
  let bus: Awaited<ReturnType<typeof testDatabase>>
  beforeAll(async () => {
    bus = await testDatabase('bus')
    ;[hr, payroll, compliance] = await Promise.all([
      testSubgraph(startHr, 'hr', oneConnection),
      testSubgraph(startPayroll, 'payroll', oneConnection),
      testSubgraph(startCompliance, 'compliance', { ...oneConnection, BUS_DATABASE_URL: bus.serviceUrl }),
    ])
    await fill()
    const one = { of: references(1) }
    await hr.ask(auditor, entities('lastName'), one)
    await payroll.ask(auditor, entities('payrollAccount { id }'), one)
    await compliance.ask(auditor, entities('history { totalCount }'), one)
  })
  afterAll(async () => {
    await Promise.all([hr.stop(), payroll.stop(), compliance.stop()])
    await bus.drop()
  })

  /** A hundred employees of ten departments, each with a contract, five tasks, an account and a history. */
  async function fill() {
    const tenant = [hr.tenantId]
    const ids = `('00000000-0000-4000-8000-' || lpad(nth::text, 12, '0'))::uuid`
    await hr.sql(
      `insert into department (id, tenant_id, name)
      select ${ids}, $1, 'Abteilung ' || nth from generate_series(0, 9) nth`,
      tenant,
    )
    await hr.sql(
      `insert into employee (id, tenant_id, personnel_number, first_name, last_name, birth_date, department_id,
        drafted_at)
      select ${ids}, $1, nth::text, 'Jörg', 'Weiß', '1990-01-01',
        ('00000000-0000-4000-8000-' || lpad((nth % 10)::text, 12, '0'))::uuid, now()
      from generate_series(1, ${employeesAtMost}) nth`,
      tenant,
    )
    await hr.sql(`insert into contract (id, tenant_id, employee_id, position, starts_on, weekly_hours_hundredths,
        monthly_gross_cents, last_edited_by)
      select gen_random_uuid(), tenant_id, id, 'Prüfer', '2027-01-01', 3850, 345000, 'clerk' from employee`)
    await hr.sql(`insert into onboarding_task (id, tenant_id, employee_id, position, title, due_on)
      select gen_random_uuid(), tenant_id, id, nth, 'Aufgabe', '2027-01-01' from employee, generate_series(1, 5) nth`)
    await payroll.sql(
      `insert into payroll_account (id, tenant_id, employee_id, opens_on, tax_class, tax_id,
        child_allowance_halves, church_tax, iban, account_holder)
      select gen_random_uuid(), $1, ${ids}, '2027-01-01', 1, '86095742719', 0, false, 'DE02120300000000202051', 'Weiß'
      from generate_series(1, ${employeesAtMost}) nth`,
      tenant,
    )
    await compliance.sql(
      `insert into audit_record (id, tenant_id, operation, entity, entity_id, command, service, person,
        account, session, address, request_id, tags, leaf_hash, recorded_at)
      select uuidv7(), $1, 'UPDATE', 'Employee', ${ids}::text, 'c', 's', 'p', 'a', 's', 'a', 'r', '{}', '', now()
      from generate_series(1, ${employeesAtMost}) nth, generate_series(1, 3)`,
      tenant,
    )
  }

  const references = (count: number) =>
    Array.from({ length: count }, (_, nth) => ({
      __typename: 'Employee',
      id: `00000000-0000-4000-8000-${String(nth + 1).padStart(12, '0')}`,
    }))
  const entities = (fields: string) =>
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Employee { id ${fields} } } }`

  test('in personnel, with department, contract and onboarding', async () => {
    const query = `query ($first: Int!) { employees(first: $first, orderBy: NAME, filter: { search: "weiss" }) {
      totalCount edges { node { id department { name } contract { position contentHash } onboarding { title } } } } }`
    const few = await counted(hr, auditor, query, { first: 2 })
    const many = await counted(hr, auditor, query, { first: employeesAtMost })
    const nodes: { onboarding: object[] }[] = many.data.employees.edges.map(({ node }: { node: object }) => node)
    expect([nodes.length, nodes.flatMap(({ onboarding }) => onboarding).length]).toEqual([100, 500])
    expect(many.statements).toBe(few.statements)
  })

  test('in personnel, by reference', async () => {
    const query = entities('lastName department { name } contract { position } onboarding { title }')
    const few = await counted(hr, auditor, query, { of: references(2) })
    const many = await counted(hr, auditor, query, { of: references(employeesAtMost) })
    expect(many.data._entities).toHaveLength(employeesAtMost)
    expect(many.statements).toBe(few.statements)
  })

  test('in payroll, with tax and bank data, each reading of which is recorded', async () => {
    const query = entities('payrollAccount { status taxData { taxClass } bankData { iban } }')
    const few = await counted(payroll, auditor, query, { of: references(2) })
    const many = await counted(payroll, auditor, query, { of: references(employeesAtMost) })
    expect(many.data._entities.at(-1).payrollAccount.bankData.iban).toBe('DE02120300000000202051')
    expect(many.statements).toBe(few.statements)
    const [views] = await payroll.sql("select count(*)::int as count from kernel.audit where operation = 'VIEW'")
    expect(views).toEqual({ count: 2 + employeesAtMost })
  })

  test('in compliance, with the history of each', async () => {
    const query = entities('history(first: 2) { totalCount edges { node { command } } pageInfo { hasNextPage } }')
    const few = await counted(compliance, auditor, query, { of: references(2) })
    const many = await counted(compliance, auditor, query, { of: references(employeesAtMost) })
    expect(many.data._entities.at(-1).history).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
    expect(many.statements).toBe(few.statements)
  })
})
