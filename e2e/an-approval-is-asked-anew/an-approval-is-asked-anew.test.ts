import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Ask,
  askerOf,
  departmentOf,
  draftEmployee,
  draftOf,
  type OwnPlatform,
  ownPlatform,
  until,
} from '../platform.ts'

let platform: OwnPlatform
let clerk: Ask
let approver: Ask

beforeAll(async () => {
  platform = await ownPlatform('asked-anew')
  clerk = await askerOf(platform, 'clerk')
  approver = await askerOf(platform, 'approver')
})
afterAll(() => platform?.dispose())

const draft = draftOf('AN-1', '')

const changeContract = `mutation($key: ID!, $input: ChangeContractInput!) { changeContract(idempotencyKey: $key, input: $input) {
  ... on ChangeContractPayload { contract { version contentHash } } ... on Refusal { code } } }`
const approveRequest = `mutation($key: ID!, $input: DecideRequestInput!) { approveRequest(idempotencyKey: $key, input: $input) {
  ... on ApproveRequestPayload { request { status } } ... on Refusal { code } } }`

type Request = { id: string; version: number; status: string; contentHash: string }

async function requestsOf(subjectId: string): Promise<Request[]> {
  const query = `query($id: ID!) { approvalRequests(filter: { subjectId: $id }, descending: false) { edges { node {
    id version status contentHash } } } }`
  const { data } = await approver<{ approvalRequests: { edges: { node: Request }[] } }>(query, { id: subjectId })
  return data.approvalRequests.edges.map(({ node }) => node)
}

async function employee(id: string) {
  const query = 'query($id: ID!) { employee(id: $id) { status contract { version contentHash } } }'
  type Read = { employee: { status: string; contract: { version: number; contentHash: string } } }
  return (await clerk<Read>(query, { id })).data.employee
}

it('a contract that is changed while it waits for approval is put to the second person as it is then', async () => {
  const departmentId = await departmentOf(clerk, 'Revision')
  type Drafted = { draftEmployee: { employee: { id: string } } }
  const { data } = await clerk<Drafted>(draftEmployee, { key: 'anew-1', input: { ...draft, departmentId } })
  const { id } = data.draftEmployee.employee
  const [first] = await until(async () => {
    const requests = await requestsOf(id)
    return requests.length === 1 && requests
  })

  const contract = { ...draft.contract, monthlyGrossCents: 365_000 }
  await clerk(changeContract, { key: 'anew-2', input: { employeeId: id, expectedVersion: 1, contract } })
  const [withdrawn, second] = await until(async () => {
    const requests = await requestsOf(id)
    return requests.length === 2 && requests
  })
  expect(withdrawn).toMatchObject({ id: first?.id, status: 'WITHDRAWN' })
  expect(second).toMatchObject({ status: 'PENDING', contentHash: (await employee(id)).contract.contentHash })

  const input = { requestId: second?.id, expectedVersion: second?.version }
  await approver(approveRequest, { key: 'anew-3', input })
  await until(async () => (await employee(id)).status === 'ACTIVE')
  const query = `query($id: ID!) { processes(filter: { subjectId: $id }) { edges { node { state definitionVersion
    steps { name direction status } } } } }`
  type Read = { processes: { edges: { node: { state: string } }[] } }
  const process = await until(async () => {
    const { edges } = (await approver<Read>(query, { id })).data.processes
    return edges[0]?.node.state === 'COMPLETED' && edges[0].node
  })
  expect(process).toMatchObject({
    definitionVersion: 2,
    steps: expect.arrayContaining([{ name: 'contract', direction: 'COMPENSATION', status: 'DONE' }]),
  })
})
