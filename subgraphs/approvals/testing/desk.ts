import { type Caller, type Send, sender, type TestSubgraph, testSubgraph, unique } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

export const clerk: Caller = { person: 'clerk', scopes: ['approvals:read', 'approvals:decide'] }
export const approver: Caller = { person: 'approver', scopes: ['approvals:read', 'approvals:decide'] }
/** Decides what was left undecided, and nothing else. */
export const supervisor: Caller = { person: 'supervisor', scopes: ['approvals:read', 'approvals:escalations'] }
export const worker: Caller = { person: 'clerk', service: 'saga-worker', scopes: ['approvals:request'] }

/** The approvals subgraph as tests use it. */
export type Desk = TestSubgraph & {
  /** A pending request of the clerk's, by its id. */
  readonly request: (input?: object) => Promise<string>
  readonly send: Send
}

const payloads: Readonly<Record<string, string>> = {
  approveRequest: 'request { id version status decision { decidedBy comment } }',
  rejectRequest: 'request { id version status decision { decidedBy comment } }',
  requestApproval: 'requestId followUpAt',
  withdrawRequest: 'requestId',
  followUpRequest: 'followUpAt',
}
const inputs: Readonly<Record<string, string>> = {
  approveRequest: 'DecideRequestInput',
  rejectRequest: 'DecideRequestInput',
}

/** Starts approvals on a database of its own. */
export async function desk(): Promise<Desk> {
  const subgraph = await testSubgraph(start, 'approvals')
  const send = sender(subgraph, payloads, inputs)

  const request = async (input: object = {}) =>
    (await send(worker, 'requestApproval', { ...question(), ...input })).result.requestId

  return { ...subgraph, send, request }
}

/** A question about a subject of its own. */
export function question() {
  return {
    policy: 'employment-contract',
    subjectType: 'Employee',
    subjectId: `subject-${unique()}`,
    contentHash: 'a'.repeat(64),
    requestedBy: 'clerk',
    lastEditedBy: 'editor',
  }
}
