import type { Context } from '@steinmetz/kernel/subgraph'
import { mayDecide } from '../domain/decision.ts'
import { ApprovalEscalated, ApprovalReminded, ApprovalRequested } from '../events.ts'
import type { SubscriptionApprovalAwaitingMeArgs } from '../generated/graphql.ts'
import type { ApprovalRequest, PrismaClient } from '../generated/prisma/client.ts'

// Each of them asks for a decision, and none tells more than for which.
const calls = [ApprovalRequested.type, ApprovalReminded.type, ApprovalEscalated.type]
const calledFor = ApprovalRequested

type Awaiting = { readonly cursor: string; readonly request: ApprovalRequest }

/**
 * What awaits the caller's decision. Without a cursor: all that is waiting, then what comes. With the last
 * cursor: what came since, then what comes; a reminder and an escalation have a request come again. What
 * somebody else decided meanwhile is left out.
 */
export async function* approvalAwaitingMe(
  _: unknown,
  { after }: SubscriptionApprovalAwaitingMeArgs,
  context: Context<PrismaClient>,
): AsyncGenerator<{ approvalAwaitingMe: Awaiting }> {
  // Where the log ends is read before what is waiting: a request between the two comes twice, not never.
  const from = after ?? (await context.live.position())
  for (const request of after ? [] : await waiting(context)) {
    yield { approvalAwaitingMe: { cursor: from, request } }
  }
  for await (const { cursor, payload } of context.live.events(calls, from)) {
    const { requestId } = calledFor.parse(payload)
    const request = await context.read((client) => client.approvalRequest.findUnique({ where: { id: requestId } }))
    if (request && awaits(request, context)) yield { approvalAwaitingMe: { cursor, request } }
  }
}

async function waiting(context: Context<PrismaClient>): Promise<ApprovalRequest[]> {
  const pending = await context.read((client) =>
    client.approvalRequest.findMany({ where: { status: 'PENDING' }, orderBy: { id: 'asc' } }),
  )
  return pending.filter((request) => awaits(request, context))
}

const awaits = (request: ApprovalRequest, { identity }: Context) =>
  request.status === 'PENDING' && mayDecide(request, identity)
