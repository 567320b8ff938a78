import { type Context, connection } from '@steinmetz/kernel/subgraph'
import type { QueryApprovalRequestsArgs } from '../generated/graphql.ts'
import type { ApprovalRequest, PrismaClient } from '../generated/prisma/client.ts'

/** Requests, newest first: their ids are ordered by time. */
export function approvalRequests(
  _: unknown,
  { filter, ...page }: QueryApprovalRequestsArgs,
  context: Context<PrismaClient>,
) {
  const where = {
    ...(filter?.status && { status: filter.status }),
    ...(filter?.policy && { policy: filter.policy }),
    ...(filter?.subjectId && { subjectId: filter.subjectId }),
  }
  return connection<ApprovalRequest>(page, {
    atMost: 100,
    position: ({ id }) => id,
    count: () => context.read((client) => client.approvalRequest.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.approvalRequest.findMany({
          where: { AND: [where, after ? { id: { lt: after } } : {}] },
          orderBy: { id: 'desc' },
          take,
        }),
      ),
  })
}
