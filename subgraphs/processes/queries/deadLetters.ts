import { byId, type Context, connection } from '@steinmetz/kernel/subgraph'
import type { DeadLetterFilter, QueryDeadLettersArgs } from '../generated/graphql.ts'
import type { DeadLetter, Prisma, PrismaClient } from '../generated/prisma/client.ts'

/** Dead letters by when they were put aside, filtered as asked. Their ids are ordered by time. */
export async function deadLetters(
  _: unknown,
  { filter, descending, ...page }: QueryDeadLettersArgs,
  context: Context<PrismaClient>,
) {
  const where = conditions(filter ?? {})
  const order = byId(descending)
  return connection<DeadLetter>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.deadLetter.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.deadLetter.findMany({ where: { AND: [where, order.behind(after)] }, orderBy: order.orderBy, take }),
      ),
  })
}

function conditions({ source, type, open, createdSince, createdUntil }: DeadLetterFilter): Prisma.DeadLetterWhereInput {
  return {
    ...(source && { source }),
    ...(type && { type }),
    ...(typeof open === 'boolean' && { settledAt: open ? null : { not: null } }),
    createdAt: { ...(createdSince && { gte: createdSince }), ...(createdUntil && { lt: createdUntil }) },
  }
}
