import { afterAll, beforeAll, expect, it } from 'vitest'
import { asker, departmentOf, draftEmployee, draftOf, type OwnPlatform, ownPlatform, until } from '../platform.ts'
import { type Awaiting, awaitingAt } from './awaiting.ts'

let platform: OwnPlatform
let approver: string
/** Two doors on one set of databases: each gateway asks an approvals subgraph of its own. */
let doors: { a: string; b: string }
let departmentId: string
const watches: Awaiting[] = []

beforeAll(async () => {
  platform = await ownPlatform('replicas')
  const approvals = await platform.startReplica('approvals')
  const gateway = await platform.startReplica('gateway', { approvals: approvals.url })
  doors = { a: platform.endpoint, b: `${gateway.url}/graphql` }
  approver = await platform.mintToken({ role: 'approver' })
  departmentId = await departmentOf(await clerkAt('a'), 'Fertigung')
})
afterAll(async () => {
  for (const watch of watches) watch.leave()
  await platform?.dispose()
})

const clerkAt = async (door: 'a' | 'b') => asker(doors[door], await platform.mintToken({ role: 'clerk' }))

async function watch(door: 'a' | 'b', after?: string): Promise<Awaiting> {
  const watching = await awaitingAt(doors[door], approver, after)
  watches.push(watching)
  return watching
}

type Drafted = { draftEmployee: { employee: { id: string } } }

/** Drafts an employee at a door; the process it begins asks for an approval. Gives the employee's id. */
async function draft(door: 'a' | 'b', number: string): Promise<string> {
  const ask = await clerkAt(door)
  const { data } = await ask<Drafted>(draftEmployee, { key: `draft-${number}`, input: draftOf(number, departmentId) })
  return data.draftEmployee.employee.id
}

const subjects = ({ seen }: Awaiting) => seen.map(({ subjectId }) => subjectId)

it('shows at each gateway what came in through the other', async () => {
  const [atA, atB] = [await watch('a'), await watch('b')]
  const throughB = await draft('b', 'R-1')
  const throughA = await draft('a', 'R-2')
  for (const watching of [atA, atB])
    await until(async () => [throughA, throughB].every((id) => subjects(watching).includes(id)))
})

it('gives who comes back to the other gateway with the last cursor what was missed, then what comes', async () => {
  const before = await watch('a')
  const known = await draft('a', 'R-3')
  const last = await until(async () => before.seen.find(({ subjectId }) => subjectId === known))
  before.leave()

  const missed = await draft('a', 'R-4')
  const elsewhere = await watch('a')
  await until(async () => subjects(elsewhere).includes(missed))

  const after = await watch('b', last.cursor)
  await until(async () => subjects(after).includes(missed))
  const coming = await draft('b', 'R-5')
  await until(async () => subjects(after).includes(coming))
  // What was waiting before the cursor does not come again, and what came keeps its order.
  expect(subjects(after)).toEqual([missed, coming])
})
