import { defineEvent } from '@steinmetz/kernel/outbox'
import { z } from 'zod'

/** A decision is asked for: it awaits whoever may decide it. */
export const ApprovalRequested = defineEvent({
  type: 'approvals.ApprovalRequested',
  aggregate: 'requestId',
  payload: z.object({ requestId: z.guid() }),
})

/** A request was decided. What was approved comes with the signed approval (JWS) that proves it. */
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
