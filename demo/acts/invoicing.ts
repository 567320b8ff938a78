import { z } from 'zod'
import type { Ask, Operation } from '../endpoint/endpoint.ts'
import { type List, pageOf } from '../endpoint/pages.ts'
import { fingerprint, mutate, mutations, type Result, type Tally } from './mutations.ts'
import { type Customer, type Sale, sales, seller, termsOf } from './sold.ts'

/** Those who take part. The clerk writes invoices; the approver releases what is above the limit. */
export type Persons = { clerk: Ask; approver: Ask }

type Acting = Persons & { tally: Tally; signal: AbortSignal; onProgress: (what: string) => void }

/** A sale, its invoice, and what was done with it. */
export type Sold = { sale: Sale; invoiceId: string; cancellationId?: string; paidCents?: number }

const pollMs = 100
/** Longer than any retry of a step that is worth waiting for. */
const patienceMs = 90_000
const paidCents = 50_000

/**
 * The clerk writes one invoice after another, so that their numbers follow each other; the approver releases
 * those above the limit. Then one is cancelled, and one is paid in part. Keys are made of what was sold: what
 * an earlier run has done is answered and not done again.
 */
export async function invoiceSales(acting: Acting): Promise<Sold[]> {
  const { clerk, tally } = acting
  const input = { expectedVersion: 0, ...seller }
  done(await mutate(clerk, mutations.setSeller, { key: `demo:seller:${fingerprint(seller)}`, input, tally }))
  const sold: Sold[] = []
  for (const sale of sales) sold.push(await invoice(sale, acting))
  return sold
}

async function invoice(sale: Sale, acting: Acting): Promise<Sold> {
  const { clerk, tally, onProgress } = acting
  const customerId = await register(sale.to, acting)
  const drafting = { customerId, ...termsOf(sale) }
  const key = `demo:invoice:${sale.name}:${fingerprint(drafting)}`
  const draft = await mutate(clerk, mutations.draftInvoice, { key, input: drafting, tally })
  const invoiceId = done(draft).invoice.id
  const request = { key: `demo:issue:${invoiceId}`, input: { invoiceId, expectedVersion: 1 }, tally }
  done(await mutate(clerk, mutations.requestIssue, request))
  const { number } = await untilDelivered(invoiceId, acting)
  onProgress(`issued and mailed ${number}`)
  return { sale, invoiceId, ...(await afterwards(sale, { customerId, invoiceId }, acting)) }
}

async function register(customer: Customer, { clerk, tally }: Acting): Promise<string> {
  const key = `demo:customer:${customer.customerNumber}:${fingerprint(customer)}`
  return done(await mutate(clerk, mutations.registerCustomer, { key, input: customer, tally })).customer.id
}

async function afterwards({ becomes }: Sale, of: { customerId: string; invoiceId: string }, acting: Acting) {
  const { clerk, tally, onProgress } = acting
  const { customerId, invoiceId } = of
  if (becomes === 'cancelled') {
    const input = { invoiceId, expectedVersion: 1, reason: 'Doppelt berechnet' }
    const result = await mutate(clerk, mutations.cancelInvoice, { key: `demo:storno:${invoiceId}`, input, tally })
    const { id: cancellationId } = done(result).cancellation
    const { number } = await untilDelivered(cancellationId, acting)
    onProgress(`cancelled by ${number}`)
    return { cancellationId }
  }
  if (becomes === 'paidInPart') {
    const allocations = [{ invoiceId, amountCents: paidCents }]
    const input = { customerId, receivedOn: '2026-11-16', amountCents: paidCents, allocations }
    done(await mutate(clerk, mutations.recordPayment, { key: `demo:payment:${invoiceId}`, input, tally }))
    return { paidCents }
  }
  return {}
}

/** What a mutation gave; a refusal here is no part of the story. */
function done<Payload>(result: Result<Payload>): Payload {
  if ('payload' in result) return result.payload
  throw new Error(`an invoice could not be written: ${result.refusal.code}, ${result.refusal.message}`)
}

const stateSchema = z.object({
  status: z.string(),
  number: z.string().nullable(),
  returnedBecause: z.string().nullable(),
  approvalDue: z.boolean(),
  deliveries: z.array(z.object({ messageId: z.string() })),
})
const stateOperation: Operation<{ invoice: z.infer<typeof stateSchema> }> = {
  document: `query InvoiceState($id: ID!) {
    invoice(id: $id) { status number returnedBecause approvalDue deliveries { messageId } }
  }`,
  data: z.object({ invoice: stateSchema }),
}

/** Waits until a document has its number and was mailed; where a second person is needed, that person is asked. */
async function untilDelivered(invoiceId: string, acting: Acting) {
  const { clerk, signal } = acting
  let decided = false
  for (const began = performance.now(); ; ) {
    signal.throwIfAborted()
    const { invoice: state } = (await clerk(stateOperation, { id: invoiceId })).data
    if (state.returnedBecause) throw new Error(`an invoice was not issued: ${state.returnedBecause}`)
    if (state.approvalDue && !decided) decided = await release(invoiceId, acting)
    else if (state.status === 'ISSUED' && state.deliveries.length > 0) return state
    if (performance.now() - began > patienceMs)
      throw new Error(
        `after ${patienceMs / 1000} s an invoice is ${state.status}, mailed ${state.deliveries.length} times`,
      )
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** A request to release an invoice: who asked, and who decided. */
export type Release = z.infer<typeof releaseSchema>
const releaseSchema = z.object({
  id: z.string(),
  version: z.number(),
  status: z.string(),
  requestedBy: z.string(),
  subject: z.object({ id: z.string() }).nullable(),
  decision: z.object({ decidedBy: z.string() }).nullable(),
})

/** Requests to release invoices, all or those of one. */
export const releaseList: List<Release> = {
  document: `query Releases($after: String, $subjectId: ID) {
    approvalRequests(first: 100, after: $after, filter: { policy: "invoice-above-limit", subjectId: $subjectId }) {
      edges { node { id version status requestedBy subject { ... on Invoice { id } } decision { decidedBy } } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('approvalRequests', releaseSchema),
}

/** The approver releases an invoice as soon as he is asked to. A decision is the last change of a request. */
async function release(subjectId: string, { approver, tally, onProgress }: Acting): Promise<boolean> {
  const [request] = (await approver(releaseList, { subjectId })).data.nodes
  if (!request) return false
  const { id: requestId, version, status } = request
  const expectedVersion = status === 'PENDING' ? version : version - 1
  const key = `demo:decision:${requestId}`
  done(await mutate(approver, mutations.approveRequest, { key, input: { requestId, expectedVersion }, tally }))
  onProgress('released an invoice above the limit')
  return true
}
