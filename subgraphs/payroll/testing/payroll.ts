import { randomUUID } from 'node:crypto'
import { type Caller, type TestSubgraph, testSubgraph } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

/** The payroll subgraph as tests use it: who asks, and what must stand before a command can be tried. */
export type Payroll = TestSubgraph & {
  /** Changes the state and gives the union member that came back. */
  readonly send: (caller: Caller, mutation: string, input: object, more?: Keys) => Promise<Sent>
  /** An account that the worker has opened for a new employee, with the key it was opened by. */
  readonly account: (employeeId?: string) => Promise<Opened>
  /** An account that the worker has opened and closed. */
  readonly closed: () => Promise<Opened>
  /** The row of an account. */
  readonly row: (id: string) => Promise<Record<string, unknown> | undefined>
  /** What the audit trail says of an account's changes, oldest first. */
  readonly audit: (id: string) => Promise<Record<string, unknown>[]>
}

type Keys = { readonly key?: string; readonly forwardKey?: string }
type Opened = { id: string; employeeId: string; key: string }

// biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
type Sent = { readonly result: any; readonly error: Record<string, unknown> | undefined; readonly replayed: boolean }

export const clerk: Caller = { person: 'clerk', scopes: ['payroll:read', 'payroll:write'] }
export const stranger: Caller = { ...clerk, person: 'stranger', tenantId: '22222222-2222-4222-8222-222222222222' }
export const worker: Caller = { person: 'clerk', service: 'saga-worker', scopes: ['payroll:accounts'] }

export const taxData = { taxClass: 3, taxId: '86095742719', childAllowances: 1.5, churchTax: true }
export const bankData = { iban: 'DE02120300000000202051', accountHolder: 'Jörg Weiß-Åström' }

const account = `account {
  id version status taxData { taxClass taxId childAllowances churchTax } bankData { iban accountHolder } }`
const payloads: Readonly<Record<string, string>> = {
  openAccount: 'accountId',
  closeAccount: 'accountId',
  setTaxData: account,
  setBankData: account,
}

let counter = 0
const newKey = () => `key-${process.pid}-${++counter}`

/** Starts payroll on a database of its own. */
export async function payroll(): Promise<Payroll> {
  const subgraph = await testSubgraph(start, 'payroll')

  const send: Payroll['send'] = async (caller, mutation, input, { key = newKey(), forwardKey } = {}) => {
    const type = mutation.charAt(0).toUpperCase() + mutation.slice(1)
    const undoes = mutation === 'closeAccount'
    const query = `mutation ($key: ID!, $input: ${type}Input! ${undoes ? '$forwardKey: ID!' : ''}) {
      ${mutation}(idempotencyKey: $key, input: $input ${undoes ? 'forwardKey: $forwardKey' : ''}) {
        __typename ... on Refusal { code message } ... on ${type}Payload { ${payloads[mutation]} } } }`
    const { data, errors, replayed } = await subgraph.ask(caller, query, { key, input, forwardKey })
    return { result: data?.[mutation], error: errors[0]?.extensions, replayed }
  }

  async function open(employeeId: string = randomUUID()) {
    const key = newKey()
    const { result } = await send(worker, 'openAccount', { employeeId, startsOn: '2027-01-01' }, { key })
    return { id: String(result.accountId), employeeId, key }
  }

  async function closed() {
    const opened = await open()
    await send(worker, 'closeAccount', { employeeId: opened.employeeId }, { forwardKey: opened.key })
    return opened
  }

  return {
    ...subgraph,
    send,
    account: open,
    closed,
    row: async (id) => (await subgraph.sql('select * from payroll_account where id = $1', [id]))[0],
    audit: (id) =>
      subgraph.sql("select * from kernel.audit where entity_id = $1 and operation <> 'VIEW' order by id", [id]),
  }
}
