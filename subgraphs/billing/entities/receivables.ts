import type { Context } from '@steinmetz/kernel/subgraph'
import { daysBetween } from '../domain/calendar.ts'
import type { OpenItemDaysOverdueArgs } from '../generated/graphql.ts'
import type { OpenItem, Payment, PaymentAllocation, PrismaClient } from '../generated/prisma/client.ts'

/** What belongs to an open item beyond the row. */
export const openItemFields = {
  invoice: ({ id }: OpenItem, _: unknown, context: Context) => context.load('Invoice', id),
  customer: ({ customerId }: OpenItem, _: unknown, context: Context) => context.load('Customer', customerId),
  daysOverdue: ({ dueOn }: OpenItem, { on }: OpenItemDaysOverdueArgs) => daysBetween(dueOn, on),
  allocations: async ({ id }: OpenItem, _: unknown, context: Context) =>
    (await context.batch('allocationsOfInvoice', id)) ?? [],
}

/** What belongs to a payment beyond the row. */
export const paymentFields = {
  customer: ({ customerId }: Payment, _: unknown, context: Context) => context.load('Customer', customerId),
  allocations: async ({ id }: Payment, _: unknown, context: Context) =>
    (await context.batch('allocationsOfPayment', id)) ?? [],
  refunds: async ({ id }: Payment, _: unknown, context: Context) => (await context.batch('refundsOf', id)) ?? [],
}

export const allocationFields = {
  payment: ({ paymentId }: PaymentAllocation, _: unknown, context: Context) => context.load('Payment', paymentId),
  invoice: ({ invoiceId }: PaymentAllocation, _: unknown, context: Context) => context.load('Invoice', invoiceId),
}

/** Allocations by the invoice they settle, in the order they were booked. */
export async function allocationsOfInvoice(client: PrismaClient, invoiceIds: string[]) {
  const where = { invoiceId: { in: invoiceIds } }
  const allocations = await client.paymentAllocation.findMany({ where, orderBy: { booked: 'asc' } })
  return Map.groupBy(allocations, ({ invoiceId }) => invoiceId)
}

/** Allocations by their payment, in the order they were booked. */
export async function allocationsOfPayment(client: PrismaClient, paymentIds: string[]) {
  const where = { paymentId: { in: paymentIds } }
  const allocations = await client.paymentAllocation.findMany({ where, orderBy: { booked: 'asc' } })
  return Map.groupBy(allocations, ({ paymentId }) => paymentId)
}

/** Refunds by their payment, the first one first. */
export async function refundsOf(client: PrismaClient, paymentIds: string[]) {
  const where = { paymentId: { in: paymentIds } }
  const refunds = await client.refund.findMany({ where, orderBy: { id: 'asc' } })
  return Map.groupBy(refunds, ({ paymentId }) => paymentId)
}
