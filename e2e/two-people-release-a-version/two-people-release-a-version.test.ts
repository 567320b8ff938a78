import { randomUUID } from 'node:crypto'
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
let manager: Ask
let department: string

beforeAll(async () => {
  platform = await ownPlatform('releases')
  clerk = await askerOf(platform, 'clerk')
  operator = await askerOf(platform, 'operator')
  manager = await askerOf(platform, 'release-manager')
  department = await departmentOf(clerk, 'Personal')
})
afterAll(() => platform?.dispose())

let drafted = 0
/** Hires somebody as far as the decision, and gives the version of the process that does it. */
async function versionThatHires(): Promise<number> {
  type Drafted = { draftEmployee: { employee: { id: string } } }
  const input = draftOf(`R-${++drafted}`, department)
  const { data } = await clerk<Drafted>(draftEmployee, { key: randomUUID(), input })
  const query = `query ($of: ID!) { processes(filter: { subjectId: $of }) { edges { node { definitionVersion state } } } }`
  type Found = { processes: { edges: { node: { definitionVersion: number; state: string } }[] } }
  const process = await until(async () => {
    const found = await clerk<Found>(query, { of: data.draftEmployee.employee.id })
    const node = found.data.processes.edges[0]?.node
    return node?.state === 'WAITING' && node
  })
  return process.definitionVersion
}

type Release = { id: string; version: number; status: string; outcome: string | null }

async function send(mutation: string, input: object, by: Ask) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`
  const text = `mutation ($key: ID!, $input: ${type}Input!) { ${mutation}(idempotencyKey: $key, input: $input) {
    ... on Refusal { code } ... on ${type}Payload { release { id version status outcome } } } }`
  type Answer = Record<string, { code?: string; release?: Release }>
  const { data, errors } = await by<Answer>(text, { key: randomUUID(), input })
  expect(errors).toEqual([])
  return data[mutation]
}

const propose = (version: number, kind: string, by: Ask) =>
  send('proposeDefinitionRelease', { definition: 'hireEmployee', version, kind, reason: 'as decided' }, by)

const confirm = (release: Release | undefined, by: Ask) =>
  send('confirmDefinitionRelease', { releaseId: release?.id, expectedVersion: release?.version }, by)

/** What came of the newest release of a version. */
const outcome = (version: number) =>
  until(async () => {
    type Definitions = { processDefinitions: { name: string; version: number; releases: Release[] }[] }
    const query = '{ processDefinitions { name version releases { id version status outcome } } }'
    const { data } = await operator<Definitions>(query)
    const found = data.processDefinitions.find((one) => one.name === 'hireEmployee' && one.version === version)
    return found?.releases[0]?.outcome
  })

it('new processes begin on the version that two people have decided, and on the former one when they go back', async () => {
  expect(await versionThatHires()).toBe(2)
  const proposed = await propose(1, 'ACTIVATE', operator)
  expect(await confirm(proposed?.release, operator)).toEqual({ code: 'FOUR_EYES_VIOLATED' })
  expect(await versionThatHires()).toBe(2)
  expect(await confirm(proposed?.release, manager)).toMatchObject({ release: { status: 'CONFIRMED' } })
  expect(await outcome(1)).toBe('ACTIVATED')
  expect(await versionThatHires()).toBe(1)

  const back = await propose(2, 'ACTIVATE', manager)
  await confirm(back?.release, operator)
  expect(await outcome(2)).toBe('ACTIVATED')
  expect(await versionThatHires()).toBe(2)

  const auditor = await askerOf(platform, 'auditor')
  const records = `{ auditRecords(first: 20, filter: { entity: "DefinitionRelease" }) { edges { node { command } } } }`
  type Trail = { auditRecords: { edges: { node: { command: string } }[] } }
  const commands = await until(async () => {
    const { data } = await auditor<Trail>(records)
    return data.auditRecords.edges.length === 4 && data.auditRecords.edges.map(({ node }) => node.command).sort()
  })
  expect(commands).toEqual(['confirm', 'confirm', 'propose', 'propose'].map((act) => `${act}DefinitionRelease`))
})
