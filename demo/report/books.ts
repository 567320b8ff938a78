import { z } from 'zod'
import { type Release, releaseList, type Sold } from '../acts/invoicing.ts'
import type { Ask, Operation } from '../endpoint/endpoint.ts'
import { type List, pageOf, readAll } from '../endpoint/pages.ts'

const cents = z.coerce.number()

/** An invoice, or what corrects one, as the endpoint shows it to the auditor. */
export type Document = z.infer<typeof documentSchema>
const documentSchema = z.object({
  id: z.string(),
  kind: z.enum(['INVOICE', 'CANCELLATION', 'CREDIT_NOTE']),
  status: z.string(),
  series: z.string(),
  number: z.string().nullable(),
  issuedOn: z.string().nullable(),
  customer: z.object({ name: z.string() }),
  netCents: cents,
  vatCents: cents,
  grossCents: cents,
  approvalDue: z.boolean(),
  lines: z.array(z.object({ netCents: cents })),
  vatBreakdown: z.array(z.object({ ratePercent: z.number(), netCents: cents, vatCents: cents })),
  corrects: z.object({ id: z.string(), number: z.string() }).nullable(),
  deliveries: z.array(z.object({ messageId: z.string() })),
})
const documentList: List<Document> = {
  document: `query Documents($after: String) {
    invoices(first: 100, after: $after, filter: { status: ISSUED }) {
      edges { node {
        id kind status series number issuedOn netCents vatCents grossCents approvalDue
        customer { name }
        lines { netCents }
        vatBreakdown { ratePercent netCents vatCents }
        corrects { id number }
        deliveries { messageId }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('invoices', documentSchema),
}

/** What is still to be paid of an invoice. */
export type OpenItem = z.infer<typeof openItemSchema>
const openItemSchema = z.object({
  id: z.string(),
  invoice: z.object({ number: z.string() }),
  customer: z.object({ name: z.string() }),
  dueOn: z.string(),
  grossCents: cents,
  creditedCents: cents,
  paidCents: cents,
  openCents: cents,
  daysOverdue: z.number(),
})
const openItemList: List<OpenItem> = {
  document: `query OpenItems($after: String, $on: Date!) {
    openItems(first: 100, after: $after) {
      edges { node {
        id dueOn grossCents creditedCents paidCents openCents
        daysOverdue(on: $on)
        invoice { number }
        customer { name }
      } }
      pageInfo { hasNextPage endCursor }
    }
  }`,
  data: pageOf('openItems', openItemSchema),
}

/** What is owed to the firm, by its age. */
export type Receivables = z.infer<typeof receivablesSchema>
const receivablesSchema = z.object({
  openCents: cents,
  creditCents: cents,
  ageing: z.array(
    z.object({ fromDays: z.number().nullable(), toDays: z.number().nullable(), count: z.number(), openCents: cents }),
  ),
})
const rangeSchema = z.object({ series: z.string(), year: z.number(), lastSequence: z.number() })
const sumsOperation: Operation<{ receivables: Receivables; numberRanges: z.infer<typeof rangeSchema>[] }> = {
  document: `query Sums($on: Date!) {
    receivables(on: $on) { openCents creditCents ageing { fromDays toDays count openCents } }
    numberRanges { series year lastSequence }
  }`,
  data: z.object({ receivables: receivablesSchema, numberRanges: z.array(rangeSchema) }),
}

/** What the endpoint says of the firm's invoices on a day. */
export type Books = {
  on: string
  sold: readonly Sold[]
  documents: readonly Document[]
  openItems: readonly OpenItem[]
  receivables: Receivables
  numberRanges: readonly z.infer<typeof rangeSchema>[]
  /** Requests to release invoices, by the invoice. */
  releases: ReadonlyMap<string, readonly Release[]>
}

/** Reads the books back, as the auditor. */
export async function readBooks(ask: Ask, sold: readonly Sold[], on: string): Promise<Books> {
  const releases = Map.groupBy(await readAll(ask, releaseList), ({ subject }) => subject?.id ?? '')
  const documents = await readAll(ask, documentList)
  const openItems = await readAll(ask, openItemList, { on })
  return { on, sold, documents, openItems, releases, ...(await ask(sumsOperation, { on })).data }
}
