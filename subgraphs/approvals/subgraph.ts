import { approvalSigner } from '@steinmetz/kernel/attestation'
import { type PrivateJwk, privateJwk } from '@steinmetz/kernel/config'
import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import type { Tools } from './command.ts'
import { approveRequest } from './commands/approveRequest.ts'
import { followUpRequest } from './commands/followUpRequest.ts'
import { rejectRequest } from './commands/rejectRequest.ts'
import { requestApproval } from './commands/requestApproval.ts'
import { withdrawRequest } from './commands/withdrawRequest.ts'
import { policies } from './domain/policies.ts'
import { approvalRequestFields } from './entities/ApprovalRequest.ts'
import type { QueryApprovalRequestArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { approvalAwaitingMe } from './queries/approvalAwaitingMe.ts'
import { approvalRequests } from './queries/approvalRequests.ts'

/** Approvals: what needs two people has two. */
export const approvals: SubgraphDefinition<PrismaClient, Tools> = {
  name: 'approvals',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal: {},

  commands: [approveRequest, rejectRequest, requestApproval, followUpRequest, withdrawRequest],

  queries: {
    approvalRequest: (_: unknown, { id }: QueryApprovalRequestArgs, context: Context) =>
      context.load('ApprovalRequest', id),
    approvalRequests,
    approvalPolicies: () => policies,
  },
  subscriptions: { approvalAwaitingMe: { subscribe: approvalAwaitingMe } },

  entities: {
    ApprovalRequest: (client, ids) => client.approvalRequest.findMany({ where: { id: { in: ids } } }),
  },
  fields: { ApprovalRequest: approvalRequestFields },

  extension: {
    settings: { APPROVALS_SIGNING_KEY: privateJwk },
    start: ({ settings }) => ({
      tools: { signApproval: approvalSigner(settings.APPROVALS_SIGNING_KEY as PrivateJwk) },
    }),
  },
}
