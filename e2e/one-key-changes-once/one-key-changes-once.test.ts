import { afterAll, beforeAll, expect, it } from 'vitest'
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

const twins = 50

let platform: OwnPlatform
let clerk: Ask
let auditor: Ask
beforeAll(async () => {
  platform = await ownPlatform('one-key')
  clerk = await askerOf(platform, 'clerk')
  auditor = await askerOf(platform, 'auditor')
})
afterAll(() => platform.dispose())

const counts = `query($number: String!) {
  employees(filter: { personnelNumber: $number }) { totalCount edges { node { id version } } }
}`
type Counts = { employees: { totalCount: number; edges: { node: { id: string; version: number } }[] } }

it('does what 50 requests with one key ask for once, and answers all 50 alike', async () => {
  const departmentId = await departmentOf(clerk, 'Prüffeld')
  const variables = { key: 'one-key', input: draftOf('T-50', departmentId) }
  const answers = await Promise.all(Array.from({ length: twins }, () => clerk(draftEmployee, variables)))

  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers[0]).toMatchObject({ errors: [], data: { draftEmployee: { employee: { personnelNumber: 'T-50' } } } })
  expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)

  const { data } = await clerk<Counts>(counts, { number: 'T-50' })
  expect(data.employees).toMatchObject({ totalCount: 1, edges: [{ node: { version: 1 } }] })
  const employeeId = data.employees.edges[0]?.node.id

  // The change, its trail and its process are one: none of them happened twice.
  type Trail = { auditRecords: { totalCount: number }; processes: { totalCount: number } }
  const trail = await until(async () => {
    const found = await auditor<Trail>(
      `query($id: ID!) {
        auditRecords(filter: { entityId: $id, command: "draftEmployee" }) { totalCount }
        processes(filter: { subjectId: $id }) { totalCount }
      }`,
      { id: employeeId },
    )
    return found.data.auditRecords.totalCount > 0 && found.data.processes.totalCount > 0 && found.data
  })
  expect(trail).toEqual({ auditRecords: { totalCount: 1 }, processes: { totalCount: 1 } })
})

it('lets strangers through while the twins wait for each other', async () => {
  const variables = { key: 'busy-key', input: { name: 'Versand' } }
  const twinsAnswers = Promise.all(Array.from({ length: twins }, () => clerk(createDepartment, variables)))
  const stranger = await clerk(createDepartment, { key: 'strangers-key', input: { name: 'Empfang' } })
  expect(stranger).toMatchObject({ replayed: false, data: { createDepartment: { department: { name: 'Empfang' } } } })
  expect(new Set((await twinsAnswers).map(({ text }) => text)).size).toBe(1)
})

it('refuses the key with other arguments, and still answers the first ones', async () => {
  const first = await clerk(createDepartment, { key: 'reused', input: { name: 'Werkstatt' } })
  const other = await clerk(createDepartment, { key: 'reused', input: { name: 'Labor' } })
  expect(other.errors).toMatchObject([{ extensions: { code: 'CONFLICT', reason: 'KEY_REUSED' } }])
  const again = await clerk(createDepartment, { key: 'reused', input: { name: 'Werkstatt' } })
  expect(again).toMatchObject({ replayed: true, text: first.text })
})

it('answers a refusal alike too', async () => {
  const departmentId = await departmentOf(clerk, 'Lackiererei')
  await clerk(draftEmployee, { key: 'holder', input: draftOf('T-51', departmentId) })
  const variables = { key: 'late', input: draftOf('T-51', departmentId) }
  const refused = await clerk(draftEmployee, variables)
  expect(refused).toMatchObject({ replayed: false, data: { draftEmployee: { code: 'PERSONNEL_NUMBER_TAKEN' } } })
  expect(await clerk(draftEmployee, variables)).toMatchObject({ replayed: true, text: refused.text })
})

it('takes the same key from another person as another request', async () => {
  const scope = 'hr:read hr:write'
  const other = { sub: 'colleague@steinmetz', person: '9e500000-0000-4000-8000-000000100099', scope }
  const colleague = asker(platform.endpoint, await platform.mintToken({ role: 'clerk', claims: other }))
  await clerk(createDepartment, { key: 'shared', input: { name: 'Kantine' } })
  expect(await colleague(createDepartment, { key: 'shared', input: { name: 'Fuhrpark' } })).toMatchObject({
    replayed: false,
    data: { createDepartment: { department: { name: 'Fuhrpark' } } },
  })
})
