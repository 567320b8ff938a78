import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tenants } from '@steinmetz/stack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, asker, askerOf, type OwnPlatform, ownPlatform, until } from '../platform.ts'
import { documents, firm, line, seller } from './billing.ts'

let platform: OwnPlatform
let clerk: Ask
let approver: Ask
let customerId: string

beforeAll(async () => {
  platform = await ownPlatform('issues-invoices')
  clerk = await askerOf(platform, 'clerk')
  approver = await askerOf(platform, 'approver')
  await send(clerk, 'setSeller', { expectedVersion: 0, ...seller })
  customerId = (await send(clerk, 'registerCustomer', firm)).customer.id
})
afterAll(() => platform?.dispose())

let counter = 0
// biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it asked for
async function send(ask: Ask, mutation: keyof typeof documents, input: object, key = `e2e-${++counter}`): Promise<any> {
  const { data, errors } = await ask<Record<string, unknown>>(documents[mutation], { key, input })
  expect(errors).toEqual([])
  return data[mutation]
}

type Read = { status: string; number: string; returnedBecause: string | null; deliveries: object[]; version: number }

async function read(id: string): Promise<Read> {
  const query = `query($id: ID!) { invoice(id: $id) { status number version returnedBecause deliveries { messageId } } }`
  return (await clerk<{ invoice: Read }>(query, { id })).data.invoice
}

async function requested(quantityThousandths: number) {
  const draft = { customerId, servedFrom: '2026-11-01', servedTo: '2026-11-30', lines: [line(quantityThousandths)] }
  const { invoice } = await send(clerk, 'draftInvoice', draft)
  await send(clerk, 'requestIssue', { invoiceId: invoice.id, expectedVersion: 1 })
  return invoice.id as string
}

const delivered = (id: string) =>
  until(async () => {
    const invoice = await read(id)
    return invoice.deliveries.length > 0 && invoice
  })

type Waiting = {
  id: string
  version: number
  subject: { lines: { description: string }[]; customer: { name: string } }
}

const waitingFor = (id: string) =>
  until(async () => {
    const query = `query($id: ID!) { approvalRequests(filter: { subjectId: $id, status: PENDING }) { edges { node {
      id version subject { ... on Invoice { lines { description } customer { name } } } } } } }`
    const { data } = await approver<{ approvalRequests: { edges: { node: Waiting }[] } }>(query, { id })
    return data.approvalRequests.edges[0]?.node
  })

async function mails(): Promise<string[]> {
  const folder = join(platform.mailFolder, tenants.steinmetz)
  const files = await readdir(folder)
  return Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
}

const textOf = (mail: string) => Buffer.from(mail.split('\r\n\r\n')[1] ?? '', 'base64').toString()

describe('an invoice', () => {
  it('is issued under the next number and mailed, up to the limit without anybody else', async () => {
    const ids: string[] = []
    for (const quantity of [1_000, 2_000]) ids.push(await requested(quantity))
    const issued = await Promise.all(ids.map(delivered))
    expect(issued.map(({ number }) => number.slice(-5)).sort()).toEqual(['00001', '00002'])
    const texts = (await mails()).map(textOf)
    for (const { number } of issued) expect(texts.filter((text) => text.includes(`Rechnung ${number}`))).toHaveLength(1)
  })

  it('above the limit waits for a second person, who sees it; the first cannot release it', async () => {
    const id = await requested(150_000)
    const request = await waitingFor(id)
    expect(request.subject).toMatchObject({ lines: [{ description: 'Beratung' }], customer: { name: firm.name } })
    const scope = 'billing:read approvals:decide'
    const requester = asker(platform.endpoint, await platform.mintToken({ role: 'clerk', claims: { scope } }))
    const own = await send(requester, 'approveRequest', { requestId: request.id, expectedVersion: request.version })
    expect(own.code).toBe('FOUR_EYES_VIOLATED')
    expect((await read(id)).status).toBe('ISSUING')
    await send(approver, 'approveRequest', { requestId: request.id, expectedVersion: request.version })
    expect((await delivered(id)).number).toMatch(/-00003$/)
  })

  it('is a draft again when it was changed behind the request, and can be requested anew', async () => {
    const id = await requested(150_000)
    const request = await waitingFor(id)
    const changed = { servedFrom: '2026-11-01', servedTo: '2026-11-30', lines: [line(160_000)] }
    await send(clerk, 'changeInvoice', { invoiceId: id, expectedVersion: 2, ...changed })
    await send(approver, 'approveRequest', { requestId: request.id, expectedVersion: request.version })
    const returned = await until(async () => {
      const invoice = await read(id)
      return invoice.status === 'DRAFT' && invoice
    })
    expect(returned.returnedBecause).toBe('INVOICE_CHANGED_SINCE_REQUEST')

    await send(clerk, 'requestIssue', { invoiceId: id, expectedVersion: returned.version })
    const again = await waitingFor(id)
    await send(approver, 'approveRequest', { requestId: again.id, expectedVersion: again.version })
    expect((await delivered(id)).number).toMatch(/-00004$/)
    const query = `query($id: ID!) { processes(filter: { subjectId: $id }) { edges { node { state subject { ... on Invoice {
      number } } } } } }`
    // The last of them ends when it knows of the delivery that was seen.
    const ended = await until(async () => {
      const { data } = await clerk<{ processes: { edges: { node: { state: string } }[] } }>(query, { id })
      const nodes = data.processes.edges.map(({ node }) => node)
      return nodes.every(({ state }) => state !== 'RUNNING') && nodes
    })
    const number = expect.stringMatching(/-00004$/)
    expect(ended).toEqual([
      { state: 'COMPLETED', subject: { number } },
      { state: 'COMPENSATED', subject: { number } },
    ])
  })

  it('is taken back by a Storno, which is mailed as well, and what was paid is credit', async () => {
    const id = await requested(10_000)
    await delivered(id)
    await send(clerk, 'recordPayment', {
      customerId,
      receivedOn: '2026-11-02',
      amountCents: 500,
      allocations: [{ invoiceId: id, amountCents: 500 }],
    })
    const { cancellation } = await send(clerk, 'cancelInvoice', {
      invoiceId: id,
      expectedVersion: 2,
      reason: 'Doppelt',
    })
    expect((await delivered(cancellation.id)).number).toMatch(/^ST-\d{4}-00001$/)
    expect((await mails()).map(textOf).filter((text) => text.includes('Stornorechnung'))).toHaveLength(1)
    const query = '{ receivables(on: "2026-12-24") { creditCents } }'
    expect((await clerk(query)).data).toEqual({ receivables: { creditCents: 500 } })
  })

  it('shows in the trail, in plain text for the auditor alone', async () => {
    const auditor = await askerOf(platform, 'auditor')
    const query = `{ auditRecords(filter: { entity: "Customer" }) { edges { node { after billingAfter } } } }`
    type Trail = { auditRecords: { edges: { node: { after: { name: object }; billingAfter: { name: string } } }[] } }
    const record = await until(async () => (await auditor<Trail>(query)).data?.auditRecords.edges[0]?.node)
    expect(record.after.name).toMatchObject({ person: customerId })
    expect(record.billingAfter.name).toBe(firm.name)
  })
})
