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
import { type Awaiting, awaitingAt } from '../replicas-share-subscriptions/awaiting.ts'

let platform: OwnPlatform
let clerk: Ask
let departmentId: string
const watches: Awaiting[] = []

beforeAll(async () => {
  platform = await ownPlatform('outlived', {}, { separate: true })
  clerk = await askerOf(platform, 'clerk')
  departmentId = await departmentOf(clerk, 'Fertigung')
})
afterAll(async () => {
  for (const watch of watches) watch.leave()
  await platform?.dispose()
})

async function watch(): Promise<Awaiting> {
  const watching = await awaitingAt(platform.endpoint, await platform.mintToken({ role: 'approver' }))
  watches.push(watching)
  return watching
}

type Drafted = { draftEmployee: { employee: { id: string } } }

/** Drafts an employee, whose approval is then asked for. Gives the employee's id. */
async function draft(number: string): Promise<string> {
  const input = draftOf(number, departmentId)
  const { data } = await clerk<Drafted>(draftEmployee, { key: `outlived-${number}`, input })
  return data.draftEmployee.employee.id
}

const subjects = ({ seen }: Awaiting) => seen.map(({ subjectId }) => subjectId)

/** Ends the process of the approvals subgraph and waits until another has taken its place. */
async function restart(signal: 'SIGKILL' | 'SIGTERM') {
  const before = platform.pids().approvals ?? 0
  process.kill(before, signal)
  await until(async () => {
    if (platform.pids().approvals === before) return false
    return (await fetch(`${platform.serviceUrls.approvals}/readyz`).catch(() => undefined))?.ok
  })
}

it('goes on for its client, without a gap and with nothing twice, when its subgraph is killed or stopped between events', async () => {
  const idle = await watch()
  await restart('SIGKILL')
  const expected = [await draft('O-1')]
  await until(async () => subjects(idle).length === 1)

  const second = await watch()
  await until(async () => subjects(second).length === 1)
  for (const [number, signal] of [
    ['O-2', 'SIGKILL'],
    ['O-3', 'SIGTERM'],
  ] as const) {
    const restarted = restart(signal)
    // Drafted while the subgraph is down: the approval is asked for once it is back.
    expected.push(await draft(number))
    await restarted
    expected.push(await draft(`${number}-after`))
    await until(async () => [idle, second].every((watching) => expected.every((id) => subjects(watching).includes(id))))
  }
  const last = await draft('O-4')
  await until(async () => [idle, second].every((watching) => subjects(watching).at(-1) === last))
  for (const watching of [idle, second]) expect(subjects(watching).sort()).toEqual([...expected, last].sort())
})
