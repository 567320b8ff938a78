import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Ask,
  asker,
  askerOf,
  createDepartment,
  departmentOf,
  draftEmployee,
  draftOf,
  type OwnPlatform,
  ownPlatform,
  until,
} from '../platform.ts'

let platform: OwnPlatform
let clerk: Ask
let departmentId: string
let employee: { id: string; version: number }
let requestId: string
/** What the first firm looks like before anybody of the other one asks. */
let before: unknown

const ids = `query($id: ID!) {
  employee(id: $id) { id version contract { id version } }
  approvalRequests(filter: { subjectId: $id }) { edges { node { id version } } }
  processes(filter: { subjectId: $id }) { edges { node { id state } } }
}`
type Ids = {
  employee: { id: string; version: number; contract: { id: string; version: number } }
  approvalRequests: { edges: { node: { id: string; version: number } }[] }
  processes: { edges: { node: { id: string; state: string } }[] }
}
let own: Ids

beforeAll(async () => {
  platform = await ownPlatform('tenants')
  clerk = await askerOf(platform, 'clerk')
  departmentId = await departmentOf(clerk, 'Entwicklung')
  type Drafted = { draftEmployee: { employee: { id: string; version: number } } }
  const input = draftOf('M-1', departmentId)
  employee = (await clerk<Drafted>(draftEmployee, { key: 'own', input })).data.draftEmployee.employee
  own = await until(async () => {
    const { data } = await clerk<Ids>(ids, { id: employee.id })
    return data.processes.edges[0]?.node.state === 'WAITING' && data
  })
  requestId = own.approvalRequests.edges[0]?.node.id ?? ''
  // The audit trail follows the changes by a moment: a department, a draft with its contract, account and request.
  before = await until(async () => {
    const found = await everything('steinmetz')
    return found.auditRecords.totalCount === 5 && found
  })
})
afterAll(() => platform.dispose())

/** All that a firm's people can read, asked by whoever may read the most. */
async function everything(tenant: 'steinmetz' | 'nordwind') {
  const scope = 'hr:read payroll:read approvals:read compliance:read processes:read'
  const ask = asker(platform.endpoint, await platform.mintToken({ role: 'auditor', tenant, claims: { scope } }))
  const { data, errors } = await ask<{ auditRecords: { totalCount: number } }>(`{
    employees { totalCount edges { node { id version status } } }
    departments { id name }
    payrollAccounts { totalCount edges { node { id } } }
    approvalRequests { totalCount edges { node { id version status } } }
    processes { totalCount edges { node { id state } } }
    auditRecords { totalCount }
  }`)
  expect(errors).toEqual([])
  return data
}

describe('a token of another tenant', () => {
  it('reads nothing from any list', async () => {
    expect(await everything('nordwind')).toEqual({
      employees: { totalCount: 0, edges: [] },
      departments: [],
      payrollAccounts: { totalCount: 0, edges: [] },
      approvalRequests: { totalCount: 0, edges: [] },
      processes: { totalCount: 0, edges: [] },
      auditRecords: { totalCount: 0 },
    })
  })

  it('reads nothing by id, even by the right one', async () => {
    const stranger = await askerOf(platform, 'auditor', 'nordwind')
    const { data } = await stranger(
      `query($employee: ID!, $request: ID!, $process: ID!) {
        employee(id: $employee) { id }
        approvalRequest(id: $request) { id }
        process(id: $process) { id }
        employees(filter: { personnelNumber: "M-1" }) { totalCount }
        auditRecords(filter: { entityId: $employee }) { totalCount }
      }`,
      { employee: employee.id, request: requestId, process: own.processes.edges[0]?.node.id },
    )
    expect(data).toEqual({
      employee: null,
      approvalRequest: null,
      process: null,
      employees: { totalCount: 0 },
      auditRecords: { totalCount: 0 },
    })
  })

  it('changes nothing: what it names is not there', async () => {
    const stranger = await askerOf(platform, 'clerk', 'nordwind')
    const { firstName, lastName, birthDate, contract } = draftOf('M-1', departmentId)
    const changes: [string, string, object, string][] = [
      [
        'correctEmployee',
        'CorrectEmployeeInput',
        { employeeId: employee.id, expectedVersion: employee.version, firstName: 'X', lastName, birthDate },
        'EMPLOYEE_NOT_FOUND',
      ],
      [
        'changeContract',
        'ChangeContractInput',
        { employeeId: employee.id, expectedVersion: 1, contract: { ...contract, monthlyGrossCents: 1 } },
        'EMPLOYEE_NOT_FOUND',
      ],
      [
        'renameDepartment',
        'RenameDepartmentInput',
        { departmentId, expectedVersion: 1, name: 'Ours' },
        'DEPARTMENT_NOT_FOUND',
      ],
      ['draftEmployee', 'DraftEmployeeInput', { ...draftOf('N-1', departmentId), firstName }, 'DEPARTMENT_NOT_FOUND'],
    ]
    for (const [mutation, type, input, code] of changes)
      expect(
        await stranger(
          `mutation($key: ID!, $input: ${type}!) {
            ${mutation}(idempotencyKey: $key, input: $input) { __typename ... on Refusal { code } }
          }`,
          { key: `strangers-${mutation}`, input },
        ),
      ).toMatchObject({ errors: [], data: { [mutation]: { __typename: 'Refusal', code } } })
  })

  it('decides nothing', async () => {
    const stranger = await askerOf(platform, 'approver', 'nordwind')
    for (const mutation of ['approveRequest', 'rejectRequest'])
      expect(
        await stranger(
          `mutation($input: DecideRequestInput!) {
            ${mutation}(idempotencyKey: "strangers-decision", input: $input) { ... on Refusal { code } }
          }`,
          { input: { requestId, expectedVersion: 1, comment: 'No.' } },
        ),
      ).toMatchObject({ data: { [mutation]: { code: 'APPROVAL_REQUEST_NOT_FOUND' } } })
  })

  it('has keys, numbers and names of its own', async () => {
    const stranger = await askerOf(platform, 'clerk', 'nordwind')
    const department = await departmentOf(stranger, 'Entwicklung')
    expect(department).not.toBe(departmentId)
    const drafted = await stranger(draftEmployee, { key: 'own', input: draftOf('M-1', department) })
    expect(drafted).toMatchObject({
      replayed: false,
      data: { draftEmployee: { employee: { personnelNumber: 'M-1' } } },
    })
  })

  it('leaves the first tenant as it was', async () => {
    expect(await everything('steinmetz')).toEqual(before)
  })
})

it('cannot be talked into another tenant by a claim that is no tenant', async () => {
  for (const tenant of ['', 'steinmetz', "' or true --", null]) {
    const token = await platform.mintToken({ role: 'clerk', claims: { tenant: tenant as string } })
    const answer = await asker(platform.endpoint, token)(createDepartment, { key: 'forged', input: { name: 'X' } })
    expect(answer.status).toBe(401)
  }
})
