import { defineEvent } from '@steinmetz/kernel/outbox'
import { z } from 'zod'

/** A decision is asked for: it awaits whoever may decide it. */
export const ApprovalRequested = defineEvent({
  type: 'approvals.ApprovalRequested',
  aggregate: 'requestId',
  payload: z.object({ requestId: z.guid() }),
})

/** Nobody has decided yet: those who may are asked again. */
export const ApprovalReminded = defineEvent({
  type: 'approvals.ApprovalReminded',
  aggregate: 'requestId',
  payload: z.object({ requestId: z.guid() }),
})

/** Nobody has decided for so long that others may, who decide what was left undecided. */
export const ApprovalEscalated = defineEvent({
  type: 'approvals.ApprovalEscalated',
  aggregate: 'requestId',
  payload: z.object({ requestId: z.guid() }),
})

/** A request was decided, or has expired. What was approved comes with the signed approval (JWS) that proves it. */
export const ApprovalDecided = defineEvent({
  type: 'approvals.ApprovalDecided',
  aggregate: 'requestId',
  payload: z.object({
    requestId: z.guid(),
    policy: z.string(),
    subjectType: z.string(),
    subjectId: z.string(),
    verdict: z.enum(['APPROVED', 'REJECTED', 'EXPIRED']),
    attestation: z.string().optional(),
  }),
})
