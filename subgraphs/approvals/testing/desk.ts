import { type Caller, type TestSubgraph, testSubgraph } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

export const clerk: Caller = { person: 'clerk', scopes: ['approvals:read', 'approvals:decide'] }
export const approver: Caller = { person: 'approver', scopes: ['approvals:read', 'approvals:decide'] }
/** Decides what was left undecided, and nothing else. */
export const supervisor: Caller = { person: 'supervisor', scopes: ['approvals:read', 'approvals:escalations'] }
export const worker: Caller = { person: 'clerk', service: 'saga-worker', scopes: ['approvals:request'] }

export type Sent = {
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
  readonly result: any
  readonly error: Record<string, unknown> | undefined
  readonly replayed: boolean
}

/** The approvals subgraph as tests use it. */
export type Desk = TestSubgraph & {
  /** A pending request of the clerk's, by its id. */
  readonly request: (input?: object) => Promise<string>
  readonly send: (
    caller: Caller,
    mutation: string,
    input: object,
    keys?: { key?: string; forwardKey?: string },
  ) => Promise<Sent>
}

const payloads: Readonly<Record<string, string>> = {
  approveRequest: 'request { id version status decision { decidedBy comment } }',
  rejectRequest: 'request { id version status decision { decidedBy comment } }',
  requestApproval: 'requestId followUpAt',
  withdrawRequest: 'requestId',
  followUpRequest: 'followUpAt',
}
const inputs: Readonly<Record<string, string>> = { approveRequest: 'DecideRequest', rejectRequest: 'DecideRequest' }

let counter = 0
const next = () => `${process.pid}-${++counter}`

/** Starts approvals on a database of its own. */
export async function desk(): Promise<Desk> {
  const subgraph = await testSubgraph(start, 'approvals')

  const send: Desk['send'] = async (caller, mutation, input, { key = `key-${next()}`, forwardKey } = {}) => {
    const type = mutation.charAt(0).toUpperCase() + mutation.slice(1)
    const declared = forwardKey ? ', $forwardKey: ID!' : ''
    const given = forwardKey ? ', forwardKey: $forwardKey' : ''
    const query = `mutation ($key: ID!, $input: ${inputs[mutation] ?? type}Input!${declared}) {
      ${mutation}(idempotencyKey: $key, input: $input${given}) {
        __typename ... on Refusal { code message } ... on ${type}Payload { ${payloads[mutation]} } } }`
    const { data, errors, replayed } = await subgraph.ask(caller, query, { key, input, forwardKey })
    return { result: data?.[mutation], error: errors[0]?.extensions, replayed }
  }

  const request = async (input: object = {}) =>
    (await send(worker, 'requestApproval', { ...question(), ...input })).result.requestId

  return { ...subgraph, send, request }
}

/** A question about a subject of its own. */
export function question() {
  return {
    policy: 'employment-contract',
    subjectType: 'Employee',
    subjectId: `subject-${next()}`,
    contentHash: 'a'.repeat(64),
    requestedBy: 'clerk',
    lastEditedBy: 'editor',
  }
}
