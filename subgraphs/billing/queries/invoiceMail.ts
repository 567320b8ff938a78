import { type Context, isId } from '@steinmetz/kernel/subgraph'
import { invoiceMail as mailOf } from '../domain/mail.ts'
import type { QueryInvoiceMailArgs } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'

/**
 * The mail by which an issued document is delivered: what it says is what was issued, its address is where
 * the customer is reached today. Null when there is nothing to deliver, or nowhere.
 */
export function invoiceMail(_: unknown, { invoiceId }: QueryInvoiceMailArgs, context: Context<PrismaClient>) {
  if (!isId(invoiceId)) return null
  return context.read(async (client) => {
    const found = await client.invoice.findUnique({
      where: { id: invoiceId, status: 'ISSUED' },
      include: { lines: true, customer: true, corrects: true },
    })
    return found?.customer.email ? mailOf({ invoice: found, corrects: found.corrects, to: found.customer.email }) : null
  })
}
