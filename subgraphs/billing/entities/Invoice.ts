import type { Context } from '@steinmetz/kernel/subgraph'
import { readBreakdown } from '../domain/amounts.ts'
import { approvalDue, documentHash } from '../domain/invoice.ts'
import type { Customer, Invoice, InvoiceLine, PrismaClient, Seller } from '../generated/prisma/client.ts'

/** What belongs to an invoice beyond the row. */
export const invoiceFields = {
  customer: ({ customerId }: Invoice, _: unknown, context: Context) => context.load('Customer', customerId),
  lines: ({ id }: Invoice, _: unknown, context: Context) => linesOfOne(id, context),
  vatBreakdown: ({ vatBreakdown }: Invoice) => readBreakdown(vatBreakdown),
  approvalDue: (invoice: Invoice) => approvalDue(invoice),
  issuer: ({ seller }: Invoice) => seller,
  corrects: ({ correctsId }: Invoice, _: unknown, context: Context) =>
    correctsId ? context.load('Invoice', correctsId) : null,
  corrections: async ({ id }: Invoice, _: unknown, context: Context) =>
    (await context.batch('correctionsOf', id)) ?? [],
  openItem: ({ id }: Invoice, _: unknown, context: Context) => context.load('OpenItem', id),
  deliveries: async ({ id }: Invoice, _: unknown, context: Context) => (await context.batch('deliveriesOf', id)) ?? [],

  /** A draft's is counted anew: customer and seller may have changed since it was drafted. */
  async contentHash(invoice: Invoice, _: unknown, context: Context) {
    if (invoice.contentHash) return invoice.contentHash
    const [lines, customer, seller] = await Promise.all([
      linesOfOne(invoice.id, context),
      context.load<Customer>('Customer', invoice.customerId),
      context.batch<Seller>('sellerOf', invoice.tenantId),
    ])
    return customer && documentHash({ invoice: { ...invoice, lines }, customer, seller })
  },
}

const linesOfOne = async (id: string, context: Context) => (await context.batch<InvoiceLine[]>('linesOf', id)) ?? []

/** Lines by their invoice, in their order. */
export async function linesOf(client: PrismaClient, invoiceIds: string[]) {
  const where = { invoiceId: { in: invoiceIds } }
  const lines = await client.invoiceLine.findMany({ where, orderBy: { position: 'asc' } })
  return Map.groupBy(lines, ({ invoiceId }) => invoiceId)
}

/** Corrections by the invoice they correct, in the order they were issued. */
export async function correctionsOf(client: PrismaClient, invoiceIds: string[]) {
  const where = { correctsId: { in: invoiceIds } }
  const corrections = await client.invoice.findMany({ where, orderBy: { id: 'asc' } })
  return Map.groupBy(corrections, ({ correctsId }) => correctsId ?? '')
}

/** Deliveries by their invoice, the first one first. */
export async function deliveriesOf(client: PrismaClient, invoiceIds: string[]) {
  const where = { invoiceId: { in: invoiceIds } }
  const deliveries = await client.delivery.findMany({ where, orderBy: { id: 'asc' } })
  return Map.groupBy(deliveries, ({ invoiceId }) => invoiceId)
}

/** The one seller of the tenant that asks. */
export async function sellerOf(client: PrismaClient, tenantIds: string[]) {
  const sellers = await client.seller.findMany({ where: { tenantId: { in: tenantIds } } })
  return new Map(sellers.map((seller) => [seller.tenantId, seller]))
}
