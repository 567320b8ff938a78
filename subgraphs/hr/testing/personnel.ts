import { type Caller, type Send, sender, type TestSubgraph, testSubgraph, unique } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

/** The personnel subgraph as tests use it: who asks, and what must stand before a command can be tried. */
export type Personnel = TestSubgraph & {
  readonly department: (name?: string) => Promise<{ id: string; version: number }>
  readonly draft: (input?: object) => Promise<Draft>
  /** A draft that the worker has activated. */
  readonly active: () => Promise<Draft>
  /** Changes the state as `command` and gives the union member that came back. */
  readonly send: Send
}

export type Draft = { id: string; version: number; contract: { id: string; version: number; contentHash: string } }

export const clerk: Caller = { person: 'clerk', scopes: ['hr:read', 'hr:write'] }
export const stranger: Caller = { ...clerk, person: 'stranger', tenantId: '22222222-2222-4222-8222-222222222222' }
export const worker: Caller = {
  person: 'clerk',
  service: 'saga-worker',
  scopes: ['hr:activate', 'hr:onboard', 'hr:withdraw'],
}

const payloads: Readonly<Record<string, string>> = {
  createDepartment: 'department { id version name }',
  renameDepartment: 'department { id version name }',
  draftEmployee: 'employee { id version status contract { id version contentHash } }',
  importEmployees: 'rows { line employee { id version status personnelNumber lastName department { name } } }',
  changeContract: 'contract { id version position weeklyHours contentHash }',
  correctEmployee: 'employee { id version firstName lastName }',
  completeOnboardingTask: 'task { id version doneAt }',
  activateEmployee: 'employeeId',
  readContract: 'contractHash lastEditedBy',
  openOnboarding: 'employeeId',
  withdrawDraft: 'employeeId',
}

/** Starts personnel on a database of its own. */
export async function personnel(): Promise<Personnel> {
  const subgraph = await testSubgraph(start, 'hr')
  const send = sender(subgraph, payloads)

  async function department(name = `Abteilung ${unique()}`) {
    return (await send(clerk, 'createDepartment', { name })).result.department
  }

  async function draft(input: object = {}) {
    const { id: departmentId } = await department()
    return (await send(clerk, 'draftEmployee', { ...person(departmentId), ...input })).result.employee
  }

  async function active() {
    const drafted: Draft = await draft()
    const attestation = subgraph.attest({
      policy: 'employment-contract',
      subjectId: drafted.id,
      contentHash: drafted.contract.contentHash,
    })
    await send(worker, 'activateEmployee', { employeeId: drafted.id, attestation })
    return drafted
  }

  return { ...subgraph, send, department, draft, active }
}

/** A person with a contract, valid in every field. */
export function person(departmentId: string) {
  return {
    personnelNumber: `P-${unique()}`,
    firstName: 'Jörg',
    lastName: 'Weiß-Åström',
    birthDate: '1988-02-29',
    email: 'joerg.weiss@example.de',
    departmentId,
    contract: contract(),
  }
}

export function contract() {
  return { position: 'Buchhalter', startsOn: '2027-01-01', weeklyHours: 38.5, monthlyGrossCents: 412_550 }
}
