import { change, id, saveVersion, unchanged } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { followUp, nextFollowUp } from '../domain/followUp.ts'
import { ApprovalDecided, ApprovalEscalated, ApprovalReminded } from '../events.ts'
import type { FollowUpRequestInput, FollowUpRequestPayload } from '../generated/graphql.ts'
import type { ApprovalRequest } from '../generated/prisma/client.ts'

/**
 * Does what is due on a request that nobody has decided: reminds, escalates, or lets it expire. `at` is the moment
 * that the process has waited for by its own clock; should ours be behind, that moment counts. Sent by sagas alone.
 *
 * Refuses: APPROVAL_REQUEST_NOT_FOUND. A request that is decided or withdrawn is left as it is.
 */
export const followUpRequest = command<FollowUpRequestInput, FollowUpRequestPayload>({
  name: 'followUpRequest',
  scope: 'approvals:request',
  check: z.object({ requestId: id }),

  async execute({ requestId, at }, { tx, now }) {
    const request = await tx.approvalRequest.findUnique({ where: { id: requestId } })
    if (!request) throw notFound('ApprovalRequest', requestId)
    const due = followUp(request, new Date(Math.max(at.getTime(), now.getTime())))
    if (!due) return unchanged({ followUpAt: nextFollowUp(request) })
    const saved = await saveVersion(tx.approvalRequest, request, due.changes)
    return {
      payload: { followUpAt: nextFollowUp(saved) },
      changes: [change('ApprovalRequest', request, saved, ['FOUR_EYES'])],
      events: [told[due.kind](request)],
    }
  },
})

const told = {
  REMINDED: ({ id: requestId }: ApprovalRequest) => ApprovalReminded({ requestId }),
  ESCALATED: ({ id: requestId }: ApprovalRequest) => ApprovalEscalated({ requestId }),
  EXPIRED: ({ id: requestId, policy, subjectType, subjectId }: ApprovalRequest) =>
    ApprovalDecided({ requestId, policy, subjectType, subjectId, verdict: 'EXPIRED' }),
}
