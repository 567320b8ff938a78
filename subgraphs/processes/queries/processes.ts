import { type Context, connection, isId } from '@steinmetz/kernel/subgraph'
import { type Process, processesWithSubject } from '../entities/Process.ts'
import type { QueryProcessesArgs } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** Processes, newest first. Their ids are ordered by time. */
export async function processes(_: unknown, { filter, ...page }: QueryProcessesArgs, context: Context<PrismaClient>) {
  const where = {
    ...(filter?.definition && { definition: filter.definition }),
    ...(filter?.state && { state: filter.state }),
    ...(filter?.subjectId && { correlation: filter.subjectId }),
  }
  return connection<Process>(page, {
    atMost: 100,
    position: ({ id }) => id,
    isPosition: isId,
    count: () => context.read((client) => client.instance.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        processesWithSubject(client, {
          where: { AND: [where, after ? { id: { lt: after } } : {}] },
          orderBy: { id: 'desc' },
          take,
        }),
      ),
  })
}
