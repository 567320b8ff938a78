import { type Context, connection, filterId, keyset, type SortKey } from '@steinmetz/kernel/subgraph'
import type { OpenItemFilter, QueryOpenItemsArgs } from '../generated/graphql.ts'
import type { OpenItem, Prisma, PrismaClient } from '../generated/prisma/client.ts'

const byDueDay: SortKey<OpenItem> = { moment: ({ dueOn }) => dueOn, column: (dueOn) => ({ dueOn }) }

/** What is not settled, by the day it is due. */
export function openItems(
  _: unknown,
  { filter, descending, ...page }: QueryOpenItemsArgs,
  context: Context<PrismaClient>,
) {
  const where = conditions(filter ?? {})
  const order = keyset('DUE_ON', byDueDay, descending)
  return connection<OpenItem>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.openItem.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.openItem.findMany({
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
          take,
        }),
      ),
  })
}

function conditions(filter: OpenItemFilter): Prisma.OpenItemWhereInput {
  const customerId = filterId(filter, 'customerId')
  return {
    openCents: { not: 0n },
    ...(customerId && { customerId }),
    ...(filter.dueUntil && { dueOn: { lte: filter.dueUntil } }),
  }
}
