import { type Context, connection, keyset, type SortKey, searching } from '@steinmetz/kernel/subgraph'
import type { CustomerFilter, CustomerOrder, QueryCustomersArgs } from '../generated/graphql.ts'
import type { Customer, CustomerListed, Prisma, PrismaClient } from '../generated/prisma/client.ts'

type Listed = CustomerListed & { customer: Customer }

const orders: Readonly<Record<CustomerOrder, SortKey<Listed>>> = {
  CUSTOMER_NUMBER: {
    text: ({ customerNumber }) => customerNumber,
    column: (customerNumber) => ({ customerNumber }),
  },
  NAME: { text: ({ sortName }) => sortName, column: (sortName) => ({ sortName }) },
}

/** Customers, filtered and sorted as asked. */
export async function customers(
  _: unknown,
  { filter, orderBy, descending, ...page }: QueryCustomersArgs,
  context: Context<PrismaClient>,
) {
  const where = await conditions(filter ?? {}, context)
  const { behind, orderBy: inOrder, ...order } = keyset(orderBy, orders[orderBy], descending)
  const listed = await connection<Listed>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.customerListed.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.customerListed.findMany({
          where: { AND: [where, behind(after)] },
          orderBy: inOrder,
          take,
          include: { customer: true },
        }),
      ),
  })
  return { ...listed, edges: listed.edges.map(({ cursor, node }) => ({ cursor, node: node.customer })) }
}

async function conditions(
  { customerNumber, kind, search }: CustomerFilter,
  context: Context<PrismaClient>,
): Promise<Prisma.CustomerListedWhereInput> {
  const words = search ? await context.read((client) => searching(client, search)) : []
  return {
    ...(customerNumber && { customerNumber }),
    ...(kind && { kind }),
    AND: words.map((spellings) => ({ OR: spellings.map((searchText) => ({ searchText })) })),
  }
}
