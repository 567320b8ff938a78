import { byId, type Context, connection, filterId, keyset, type SortKey } from '@steinmetz/kernel/subgraph'
import type { PaymentFilter, QueryPaymentsArgs } from '../generated/graphql.ts'
import type { Payment, Prisma, PrismaClient } from '../generated/prisma/client.ts'

const byDay: SortKey<Payment> = { moment: ({ receivedOn }) => receivedOn, column: (receivedOn) => ({ receivedOn }) }

/** Payments, filtered and sorted as asked. */
export function payments(
  _: unknown,
  { filter, orderBy, descending, ...page }: QueryPaymentsArgs,
  context: Context<PrismaClient>,
) {
  const where = conditions(filter ?? {})
  const order = orderBy === 'CREATED' ? byId(descending) : keyset(orderBy, byDay, descending)
  return connection<Payment>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.payment.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.payment.findMany({
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
          take,
        }),
      ),
  })
}

function conditions(filter: PaymentFilter): Prisma.PaymentWhereInput {
  const { unallocated, receivedFrom, receivedUntil } = filter
  const customerId = filterId(filter, 'customerId')
  return {
    ...(customerId && { customerId }),
    ...(unallocated === true && { unallocatedCents: { gt: 0n } }),
    ...(unallocated === false && { unallocatedCents: 0n }),
    receivedOn: { ...(receivedFrom && { gte: receivedFrom }), ...(receivedUntil && { lte: receivedUntil }) },
  }
}
