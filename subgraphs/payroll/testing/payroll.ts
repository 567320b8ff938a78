import { randomUUID } from 'node:crypto'
import { type Caller, type Send, sender, type TestSubgraph, testSubgraph, unique } from '@steinmetz/stack/testing'
import { start } from '../main.ts'

/** The payroll subgraph as tests use it: who asks, and what must stand before a command can be tried. */
export type Payroll = TestSubgraph & {
  /** Changes the state and gives the union member that came back. */
  readonly send: Send
  /** An account that the worker has opened for a new employee, with the key it was opened by. */
  readonly account: (employeeId?: string) => Promise<Opened>
  /** An account that the worker has opened and closed. */
  readonly closed: () => Promise<Opened>
  /** The row of an account. */
  readonly row: (id: string) => Promise<Record<string, unknown> | undefined>
  /** What the audit trail says of an account's changes, oldest first. */
  readonly audit: (id: string) => Promise<Record<string, unknown>[]>
}

type Opened = { id: string; employeeId: string; key: string }

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

/** Starts payroll on a database of its own. */
export async function payroll(): Promise<Payroll> {
  const subgraph = await testSubgraph(start, 'payroll')
  const send = sender(subgraph, payloads)

  async function open(employeeId: string = randomUUID()) {
    const key = `key-${unique()}`
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
