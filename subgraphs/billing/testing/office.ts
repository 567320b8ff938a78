import type { Environment } from '@steinmetz/kernel/config'
import {
  type Caller,
  type Send,
  type Sent,
  sender,
  type TestSubgraph,
  testSubgraph,
  unique,
} from '@steinmetz/stack/testing'
import { start } from '../main.ts'

export const clerk: Caller = { person: 'clerk', scopes: ['billing:read', 'billing:write'] }
export const stranger: Caller = { ...clerk, person: 'stranger', tenantId: '22222222-2222-4222-8222-222222222222' }
export const worker: Caller = {
  person: 'clerk',
  service: 'saga-worker',
  scopes: ['billing:issue', 'billing:deliver'],
}

type Any = Sent['result']

export type Draft = { id: string; version: number; contentHash: string; lines: { id: string; netCents: number }[] }

/** The billing subgraph as tests use it: who asks, and what must stand before a command can be tried. */
export type Office = TestSubgraph & {
  /** Changes the state and gives the union member that came back. */
  readonly send: Send
  /** Sets the seller, which every issue needs. */
  readonly seller: (caller?: Caller) => Promise<void>
  readonly customer: (input?: object, caller?: Caller) => Promise<{ id: string; version: number }>
  /** A draft for a new customer unless one is named. */
  readonly draft: (input?: object, caller?: Caller) => Promise<Draft>
  /** A draft whose issue was requested, with what the worker sends to issue it. */
  readonly requested: (input?: object, caller?: Caller) => Promise<Requested>
  /** An invoice with its number. */
  readonly issued: (input?: object, caller?: Caller) => Promise<Draft & { number: string }>
  readonly read: (invoiceId: string, fields?: string, caller?: Caller) => Promise<Any>
  /** What the audit trail says of an entity's changes, oldest first. */
  readonly audit: (entityId: string) => Promise<Record<string, Any>[]>
  readonly events: (type: string, aggregateId: string) => Promise<Any[]>
}

export type Requested = Draft & { issue: { invoiceId: string; round: number; contentHash: string } }

const invoice = `id version kind status number issuedOn dueOn netCents vatCents grossCents contentHash returnedBecause
  lines { id position description quantityThousandths unitPriceMicros vatCategory netCents }
  vatBreakdown { category ratePercent netCents vatCents }
  openItem { version openCents creditedCents paidCents }`
const customer = `customer {
  id version customerNumber kind name contactName email vatId paymentTermDays
  billingAddress { street addition postalCode city country } deliveryAddress { city } }`
const payment = `payment {
  id version amountCents allocatedCents unallocatedCents refundedCents reference reversedBecause
  allocations { amountCents invoice { id } } refunds { amountCents refundedOn } }`

const payloads: Readonly<Record<string, string>> = {
  registerCustomer: customer,
  correctCustomer: customer,
  setSeller: 'seller { id version name vatId taxNumber iban address { city } }',
  draftInvoice: `invoice { ${invoice} }`,
  changeInvoice: `invoice { ${invoice} }`,
  discardInvoice: `invoice { ${invoice} }`,
  requestIssue: `invoice { ${invoice} }`,
  cancelInvoice: `invoice { ${invoice} } cancellation { ${invoice} corrects { id } correctionReason }`,
  creditInvoice: `invoice { ${invoice} } creditNote { ${invoice} corrects { id } correctionReason }`,
  recordPayment: payment,
  allocatePayment: payment,
  refundPayment: payment,
  reversePayment: payment,
  validateInvoice: 'invoiceId approvalDue',
  issueInvoice: 'invoiceId number',
  returnToDraft: 'invoiceId',
  recordDelivery: 'invoiceId',
}

/** Starts billing on a database of its own. */
export async function office(env: Environment = {}): Promise<Office> {
  const subgraph = await testSubgraph(start, 'billing', env)
  const send = sender(subgraph, payloads)

  const seller: Office['seller'] = async (caller = clerk) => {
    await send(caller, 'setSeller', { expectedVersion: 0, ...company() })
  }
  const newCustomer: Office['customer'] = async (input, caller = clerk) =>
    (await send(caller, 'registerCustomer', { ...firm(), ...input })).result.customer

  const draft: Office['draft'] = async (input = {}, caller = clerk) => {
    const customerId = 'customerId' in input ? input.customerId : (await newCustomer({}, caller)).id
    return (await send(caller, 'draftInvoice', { customerId, ...terms(), ...input })).result.invoice
  }
  const requested: Office['requested'] = async (input, caller = clerk) => {
    const drafted = await draft(input, caller)
    const { result } = await send(caller, 'requestIssue', { invoiceId: drafted.id, expectedVersion: drafted.version })
    const issue = { invoiceId: drafted.id, round: 1, contentHash: drafted.contentHash }
    return { ...result.invoice, issue }
  }
  const issued: Office['issued'] = async (input, caller = clerk) => {
    const { issue, ...drafted } = await requested(input, caller)
    const { result } = await send({ ...worker, ...tenantOf(caller) }, 'issueInvoice', issue)
    return { ...drafted, number: result.number }
  }
  const read: Office['read'] = async (id, fields = invoice, caller = clerk) =>
    (await subgraph.ask(caller, `query ($id: ID!) { invoice(id: $id) { ${fields} } }`, { id })).data.invoice

  return {
    ...subgraph,
    ...{ send, seller, customer: newCustomer, draft, requested, issued, read },
    audit: (id) =>
      subgraph.sql("select * from kernel.audit where entity_id = $1 and operation <> 'VIEW' order by id", [id]),
    events: async (type, id) =>
      (
        await subgraph.sql('select payload from kernel.outbox where type = $1 and aggregate_id = $2 order by id', [
          type,
          id,
        ])
      ).map((row) => row.payload),
  }
}

const tenantOf = ({ tenantId }: Caller) => (tenantId ? { tenantId } : {})

export const address = { street: 'Am Sandtorkai 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }

/** A company, valid in every field. */
export function firm() {
  return {
    customerNumber: `K-${unique()}`,
    kind: 'COMPANY',
    name: 'Günther & Söhne GmbH',
    contactName: 'Änne Weiß-Åström',
    email: 'rechnung@guenther.example.de',
    vatId: 'DE136695976',
    billingAddress: address,
    paymentTermDays: 14,
  }
}

/** Who invoices, valid in every field. */
export function company() {
  return {
    name: 'SteinmetZ Werke AG',
    address: { ...address, street: 'Werkstraße 9' },
    vatId: 'DE136695976',
    email: 'rechnungen@steinmetz.example.de',
    iban: 'DE02 1203 0000 0000 2020 51',
  }
}

/** What an invoice of two lines says: 4,000.00 euros at 19 % and 35.70 at 7 %. */
export function terms() {
  return {
    servedFrom: '2026-11-01',
    servedTo: '2026-11-30',
    lines: [
      { ...hours(40_000), unitPriceMicros: 100_000_000 },
      line({
        description: 'Handbuch',
        quantityThousandths: 3_000,
        unitPriceMicros: 11_900_000,
        vatCategory: 'REDUCED',
      }),
    ],
  }
}

export const line = (more: object = {}) => ({
  description: 'Wartung',
  quantityThousandths: 1_000,
  unitPriceMicros: 100_000_000,
  vatCategory: 'STANDARD',
  ...more,
})

const hours = (quantityThousandths: number) => line({ description: 'Beratung', unitCode: 'HUR', quantityThousandths })
