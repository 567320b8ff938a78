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
  // Where the log ends is read before what is waiting: a request between the two is found in both, not in neither.
  const { from, waitingAfter } = after ? readCursor(after) : { from: await context.live.position(), waitingAfter: nil }
  const listed = waitingAfter ? await waiting(context, waitingAfter) : []
  // Found in both it is left to the log: listed, it would come again to whoever goes on from the list's last cursor.
  const logged = listed.length > 0 ? await context.live.aggregatesBehind(ApprovalRequested.type, from) : new Set()
  for (const request of listed.filter(({ id }) => !logged.has(id)))
    yield { approvalAwaitingMe: { cursor: `${from}/${request.id}`, request } }
  for await (const { cursor, payload } of context.live.events(calls, from)) {
    const { requestId } = calledFor.parse(payload)
    const request = await context.read((client) => client.approvalRequest.findUnique({ where: { id: requestId } }))
    if (request && awaits(request, context)) yield { approvalAwaitingMe: { cursor, request } }
  }
}

const nil = '00000000-0000-0000-0000-000000000000'

/**
 * A cursor is a position of the log; of a request that was waiting already, also which one it was, since a break may
 * come before all of them are told.
 */
function readCursor(cursor: string): { from: string; waitingAfter: string | undefined } {
  const [, from = cursor, waitingAfter] = /^([^/]+)\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(cursor) ?? []
  return { from, waitingAfter }
}

async function waiting(context: Context<PrismaClient>, after: string): Promise<ApprovalRequest[]> {
  const pending = await context.read((client) =>
    client.approvalRequest.findMany({ where: { status: 'PENDING', id: { gt: after } }, orderBy: { id: 'asc' } }),
  )
  return pending.filter((request) => awaits(request, context))
}

const awaits = (request: ApprovalRequest, { identity }: Context) =>
  request.status === 'PENDING' && mayDecide(request, identity)
