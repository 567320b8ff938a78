import { byId, type Context, connection } from '@steinmetz/kernel/subgraph'
import { meeting } from '../domain/filter.ts'
import { type Process, processesWithSubject } from '../entities/Process.ts'
import type { QueryProcessesArgs } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** Processes by their start, filtered as asked. Their ids are ordered by time. */
export async function processes(
  _: unknown,
  { filter, descending, ...page }: QueryProcessesArgs,
  context: Context<PrismaClient>,
) {
  const where = meeting(filter ?? {})
  const order = byId(descending)
  return connection<Process>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.instance.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        processesWithSubject(client, {
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
          take,
        }),
      ),
  })
}
