import { byId, type Context, connection } from '@steinmetz/kernel/subgraph'
import type { AuditFilter, EmployeeHistoryArgs, QueryAuditRecordsArgs } from '../generated/graphql.ts'
import { type AuditRecord, Prisma, type PrismaClient } from '../generated/prisma/client.ts'

const atMost = 500

/** The audit trail. Ids are ordered by the time of recording, to the millisecond, and never change. */
export function auditRecords(
  _: unknown,
  { filter, descending, ...page }: QueryAuditRecordsArgs,
  context: Context<PrismaClient>,
) {
  const where = whereOf(filter ?? {})
  const order = byId(descending)
  return connection<AuditRecord>(page, {
    ...order,
    atMost,
    count: () => context.read((client) => client.auditRecord.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.auditRecord.findMany({
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
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

/** Every change of one employee's own record, oldest first: read for all employees of a request at once. */
export const historyOf = ({ id }: { id: string }, page: EmployeeHistoryArgs, context: Context<PrismaClient>) =>
  connection<AuditRecord>(page, {
    ...byId(false),
    atMost,
    count: async () => (await context.batch<number>('historyLengths', id)) ?? 0,
    rows: async (after, take) =>
      (await context.batch<AuditRecord[]>('historyPages', JSON.stringify([id, after ?? null, take]))) ?? [],
  })

/** How many records there are, by employee. */
export async function historyLengths(client: PrismaClient, employeeIds: string[]) {
  const where = { entity: 'Employee', entityId: { in: employeeIds } }
  const counts = await client.auditRecord.groupBy({ by: ['entityId'], where, _count: true })
  return new Map(counts.map(({ entityId, _count }) => [entityId, _count]))
}

type PageKey = [employeeId: string, after: string | null, take: number]

/** Pages of histories. A key is the employee, the id the page begins behind, and how many it may hold. */
export async function historyPages(client: PrismaClient, keys: string[]) {
  const pages = JSON.stringify(keys.map((key) => [key, ...(JSON.parse(key) as PageKey)]))
  const rows = await client.$queryRaw<(AuditRecord & { key: string })[]>(Prisma.sql`
    select p.page ->> 0 as key, r.id, r.tenant_id as "tenantId", r.operation::text, r.entity, r.entity_id as "entityId",
      r.before, r.after, r.command, r.service, r.person, r.account, r.session, r.address, r.request_id as "requestId",
      r.tags, r.leaf_hash as "leafHash", r.recorded_at as "recordedAt"
    from jsonb_array_elements(${pages}::jsonb) as p (page)
    cross join lateral (
      select * from audit_record a
      where a.entity = 'Employee' and a.entity_id = p.page ->> 1 and (p.page ->> 2 is null or a.id > (p.page ->> 2)::uuid)
      order by a.id limit (p.page ->> 3)::int) r
    order by r.id`)
  return Map.groupBy(rows, ({ key }) => key)
}
