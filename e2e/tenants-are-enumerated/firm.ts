import { randomUUID } from 'node:crypto'
import { type Platform, type TenantName, tenants } from '@steinmetz/stack'
import pg from 'pg'
import { expect } from 'vitest'
import { until } from '../platform.ts'
import type { Data, Door } from './doors.ts'

/** Stands in what the firm keeps: where another firm's answer holds it, something has leaked. */
export const marker = 'Betriebsgeheimnis'

const address = { street: `${marker} 1`, postalCode: '80331', city: 'München', country: 'DE' }

/**
 * Fills a firm with one of everything the platform keeps, all of it settled: an employee hired with tax and bank
 * data, an invoice issued and partly paid, a release of a process that was withdrawn. A new kind of thing is to be added here; the test says when one is missing.
 */
export async function fillFirm(doors: Record<'clerk' | 'approver', Door>, tenant: TenantName) {
  const { clerk, approver } = doors
  const employeeId = await draftIn(clerk, tenant, marker)
  await hired(approver, sender(approver, tenant), tenant, employeeId)
  await paid(clerk, sender(clerk, tenant), tenant, employeeId)
  await invoiced(clerk, sender(clerk, tenant), tenant)
  await proposed(sender(clerk, tenant))
}

/** Puts an event aside as the saga engine does with one that it cannot digest. */
export async function putAside({ databases }: Platform, tenant: TenantName): Promise<void> {
  const engine = new pg.Client({ connectionString: databases.url('processes', 'engine') })
  await engine.connect()
  await engine.query(
    `insert into saga.dead_letter (tenant_id, source, reference, type, aggregate_id, code, message)
     values ($1, 'EVENT', $2, 'hr.EmployeeDrafted', $3, 'ZodError', 'cannot be digested')`,
    [tenants[tenant], randomUUID(), marker],
  )
  await engine.end()
}

/** Drafts an employee in a department of the same name, and gives the employee's id. */
export async function draftIn(clerk: Door, tenant: TenantName, name: string): Promise<string> {
  const send = sender(clerk, tenant)
  const { department } = await send('createDepartment', { name }, 'department { id }')
  const contract = { position: name, startsOn: '2027-01-01', weeklyHours: 38.5, monthlyGrossCents: 345_000 }
  const person = { firstName: 'Gerda', lastName: name, birthDate: '1990-07-23', email: `${name}@example.de` }
  const { employee } = await send(
    'draftEmployee',
    { personnelNumber: name, ...person, departmentId: department.id, contract },
    'employee { id }',
  )
  return employee.id
}

export type Send = (mutation: string, input: object, payload: string) => Promise<Data>

/** Sends mutations of a firm that must be done. */
export function sender({ ask }: Pick<Door, 'ask'>, tenant: TenantName): Send {
  return async (mutation, input, payload) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`
    const inputType = /^(approve|reject)Request$/.test(mutation) ? 'DecideRequest' : type
    const { data, errors, text } = await ask(
      tenant,
      `mutation ($key: ID!, $input: ${inputType}Input!) { ${mutation}(idempotencyKey: $key, input: $input) {
        ... on Refusal { code message } ... on ${type}Payload { ${payload} } } }`,
      { key: randomUUID(), input },
    )
    expect({ errors, code: data?.[mutation]?.code }, text).toEqual({ errors: [], code: undefined })
    return data[mutation]
  }
}

async function hired({ ask }: Door, send: Send, tenant: TenantName, id: string): Promise<void> {
  const query = `query ($id: ID!) { processes(filter: { subjectId: $id }) { edges { node { state } } }
    approvalRequests(filter: { subjectId: $id, status: PENDING }) { edges { node { id version } } } }`
  const pending = await until(async () => (await nodes(ask(tenant, query, { id }), 'approvalRequests'))[0])
  await send('approveRequest', { requestId: pending.id, expectedVersion: 1 }, 'request { id }')
  await until(async () => (await nodes(ask(tenant, query, { id }), 'processes'))[0]?.state === 'COMPLETED')
}

async function paid({ ask }: Door, send: Send, tenant: TenantName, id: string): Promise<void> {
  const { data } = await ask(tenant, `query ($id: ID!) { employee(id: $id) { payrollAccount { id } } }`, { id })
  const accountId = data.employee.payrollAccount.id
  const tax = { taxClass: 1, taxId: '86095742719' }
  const bank = { iban: 'DE02120300000000202051', accountHolder: marker }
  await send('setTaxData', { accountId, expectedVersion: 1, ...tax }, 'account { id }')
  await send('setBankData', { accountId, expectedVersion: 2, ...bank }, 'account { id }')
}

async function proposed(send: Send): Promise<void> {
  const former = { definition: 'hireEmployee', version: 1, kind: 'ACTIVATE', reason: marker }
  const { release } = await send('proposeDefinitionRelease', former, 'release { id }')
  await send('withdrawDefinitionRelease', { releaseId: release.id, expectedVersion: 1 }, 'release { id }')
}

async function invoiced(gateway: Door, send: Send, tenant: TenantName): Promise<void> {
  const company = { name: marker, vatId: 'DE136695976', email: 'rechnung@example.de' }
  await send('setSeller', { expectedVersion: 0, ...company, address, iban: 'DE02120300000000202051' }, 'seller { id }')
  const { customer } = await send(
    'registerCustomer',
    { customerNumber: 'K-1', kind: 'COMPANY', ...company, billingAddress: address },
    'customer { id }',
  )
  const customerId = customer.id
  const line = { description: marker, quantityThousandths: 1_000, unitPriceMicros: 1_000_000, vatCategory: 'STANDARD' }
  const terms = { customerId, servedFrom: '2026-01-01', servedTo: '2026-01-31', lines: [line] }
  await send('draftInvoice', terms, 'invoice { id }')
  const { invoice } = await send('draftInvoice', terms, 'invoice { id version }')
  await issued(gateway, send, tenant, invoice)
  await send('recordPayment', { customerId, receivedOn: '2026-02-01', amountCents: 19 }, 'payment { id }')
}

type Draft = { id: string; version: number }

async function issued({ ask }: Door, send: Send, tenant: TenantName, { id, version }: Draft): Promise<void> {
  await send('requestIssue', { invoiceId: id, expectedVersion: version }, 'invoice { id }')
  const query = `query ($id: ID!) { processes(filter: { subjectId: $id }) { edges { node { state } } } }`
  await until(async () => (await nodes(ask(tenant, query, { id }), 'processes'))[0]?.state === 'COMPLETED')
}

async function nodes(asked: ReturnType<Door['ask']>, list: string) {
  const { data, errors } = await asked
  expect(errors).toEqual([])
  return data[list].edges.map(({ node }: { node: Data }) => node)
}
