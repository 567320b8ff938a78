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
let operator: Ask
beforeAll(async () => {
  platform = await ownPlatform('crashed-service', {}, { separate: true })
  clerk = await askerOf(platform, 'clerk')
  operator = await askerOf(platform, 'operator')
})
afterAll(() => platform.dispose())

/** Kills a service as a crash would, and waits until it has come back as another process. */
async function crash(name: string): Promise<() => Promise<unknown>> {
  const before = platform.pids()[name] ?? 0
  process.kill(before, 'SIGKILL')
  return () =>
    until(async () => {
      if (platform.pids()[name] === before) return false
      const answer = await fetch(`${platform.serviceUrls[name]}/readyz`).catch(() => undefined)
      return answer?.ok
    })
}

type Departments = { departments: { name: string }[] }
type State = { processes: { edges: { node: { state: string } }[] } }

/** Drafts an employee and waits until the process it began waits for its decision. */
async function draftAndWait(number: string, departmentId: string): Promise<void> {
  type Drafted = { draftEmployee: { employee: { id: string } } }
  const input = draftOf(number, departmentId)
  const { data } = await clerk<Drafted>(draftEmployee, { key: `crash-${number}`, input })
  const query = 'query ($id: ID!) { processes(filter: { subjectId: $id }) { edges { node { state } } } }'
  await until(async () => {
    const found = await operator<State>(query, { id: data.draftEmployee.employee.id })
    return found.data?.processes.edges[0]?.node.state === 'WAITING'
  })
}

it('gives each service a process of its own', () => {
  const pids = Object.values(platform.pids())
  expect(pids.length).toBeGreaterThanOrEqual(10)
  expect(new Set([...pids, process.pid])).toHaveLength(pids.length + 1)
})

it('keeps the rest at work while one service is down, and starts that one again', async () => {
  await departmentOf(clerk, 'Fertigung')
  const payrollIsBack = await crash('payroll')
  const { data, errors } = await clerk<Departments>('{ departments { name } }')
  expect([errors, data.departments]).toEqual([[], [{ name: 'Fertigung' }]])
  await payrollIsBack()
})

it.each(['saga-worker', 'hr-relay', 'payroll', 'approvals'])(
  'loses no process when %s crashes while one is under way',
  async (name) => {
    const departmentId = await departmentOf(clerk, `Abteilung ${name}`)
    const waiting = draftAndWait(`C-${name}`, departmentId)
    const back = await crash(name)
    await back()
    await waiting
  },
)

it('starts the gateway itself again', async () => {
  const back = await crash('gateway')
  await back()
  const { errors } = await clerk<Departments>('{ departments { name } }')
  expect(errors).toEqual([])
})
