import { byId, type Context, connection, filterId, keyset, type SortKey, searching } from '@steinmetz/kernel/subgraph'
import type { InvoiceFilter, QueryInvoicesArgs } from '../generated/graphql.ts'
import type { Invoice, InvoiceListed, Prisma, PrismaClient } from '../generated/prisma/client.ts'

type Listed = InvoiceListed & { invoice: Invoice }

const byDay: SortKey<Listed> = { moment: ({ day }) => day, column: (day) => ({ day }) }

/** Invoices, drafts and corrections, filtered and sorted as asked. */
export async function invoices(
  _: unknown,
  { filter, orderBy, descending, ...page }: QueryInvoicesArgs,
  context: Context<PrismaClient>,
) {
  const where = await conditions(filter ?? {}, context)
  const order = orderBy === 'CREATED' ? byId(descending) : keyset(orderBy, byDay, descending)
  const listed = await connection<Listed>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.invoiceListed.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.invoiceListed.findMany({
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
          take,
          include: { invoice: true },
        }),
      ),
  })
  return { ...listed, edges: listed.edges.map(({ cursor, node }) => ({ cursor, node: node.invoice })) }
}

async function conditions(
  filter: InvoiceFilter,
  context: Context<PrismaClient>,
): Promise<Prisma.InvoiceListedWhereInput> {
  const { kind, status, number, issuedFrom, issuedUntil, search } = filter
  const customerId = filterId(filter, 'customerId')
  const words = search ? await context.read((client) => searching(client, search)) : []
  return {
    ...(kind && { kind }),
    ...(status && { status }),
    ...(number && { number }),
    ...(customerId && { customerId }),
    issuedOn: { ...(issuedFrom && { gte: issuedFrom }), ...(issuedUntil && { lte: issuedUntil }) },
    AND: words.map((spellings) => ({ OR: spellings.map((searchText) => ({ searchText })) })),
  }
}
