import { type Context, connection, type PageArguments } from '@steinmetz/kernel/subgraph'
import type { AuditFilter, EmployeeHistoryArgs, QueryAuditRecordsArgs } from '../generated/graphql.ts'
import type { AuditRecord, Prisma, PrismaClient } from '../generated/prisma/client.ts'

/** The audit trail, oldest first. */
export const auditRecords = (_: unknown, { filter, ...page }: QueryAuditRecordsArgs, context: Context<PrismaClient>) =>
  trail(page, whereOf(filter ?? {}), context)

/** Every change of one employee's own record. */
export const historyOf = ({ id }: { id: string }, page: EmployeeHistoryArgs, context: Context<PrismaClient>) =>
  trail(page, { entity: 'Employee', entityId: id }, context)

/** Ids are ordered by the time of recording, to the millisecond, and never change: they are the position. */
function trail(page: PageArguments, where: Prisma.AuditRecordWhereInput, context: Context<PrismaClient>) {
  return connection<AuditRecord>(page, {
    atMost: 500,
    position: ({ id }) => id,
    count: () => context.read((client) => client.auditRecord.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.auditRecord.findMany({
          where: { AND: [where, after ? { id: { gt: after } } : {}] },
          orderBy: { id: 'asc' },
          take,
        }),
      ),
  })
}

function whereOf({ since, until, ...equal }: AuditFilter): Prisma.AuditRecordWhereInput {
  const given = Object.entries(equal).filter(([, value]) => value !== null && value !== undefined)
  return {
    ...Object.fromEntries(given),
    ...((since || until) && { recordedAt: { ...(since && { gte: since }), ...(until && { lt: until }) } }),
  }
}
