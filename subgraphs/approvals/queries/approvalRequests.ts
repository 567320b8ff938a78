import { byId, type Context, connection, keyset, type SortKey } from '@steinmetz/kernel/subgraph'
import type { ApprovalRequestFilter, QueryApprovalRequestsArgs } from '../generated/graphql.ts'
import type { ApprovalRequest, Prisma, PrismaClient } from '../generated/prisma/client.ts'

const byExpiry: SortKey<ApprovalRequest> = {
  moment: ({ expiresAt }) => expiresAt,
  column: (expiresAt) => ({ expiresAt }),
}

/** Requests, filtered and sorted as asked. Ids are ordered by the time of the request. */
export function approvalRequests(
  _: unknown,
  { filter, orderBy, descending, ...page }: QueryApprovalRequestsArgs,
  context: Context<PrismaClient>,
) {
  const where = conditions(filter ?? {})
  const order = orderBy === 'REQUESTED_AT' ? byId(descending) : keyset(orderBy, byExpiry, descending)
  return connection<ApprovalRequest>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.approvalRequest.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.approvalRequest.findMany({
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
          take,
        }),
      ),
  })
}

function conditions({
  status,
  policy,
  subjectId,
  escalated,
  requestedSince,
  requestedUntil,
}: ApprovalRequestFilter): Prisma.ApprovalRequestWhereInput {
  return {
    ...(status && { status }),
    ...(policy && { policy }),
    ...(subjectId && { subjectId }),
    ...(typeof escalated === 'boolean' && { escalatedAt: escalated ? { not: null } : null }),
    requestedAt: { ...(requestedSince && { gte: requestedSince }), ...(requestedUntil && { lt: requestedUntil }) },
  }
}
