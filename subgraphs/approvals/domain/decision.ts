import { refuse } from '@steinmetz/kernel/errors'
import type { ApprovalRequest } from '../generated/prisma/client.ts'

export type Verdict = 'APPROVED' | 'REJECTED'

/** Whether a person may decide a request: neither the one who asked nor the one who last edited what it is about. */
export function mayDecide(
  { requestedBy, lastEditedBy }: Pick<ApprovalRequest, 'requestedBy' | 'lastEditedBy'>,
  person: string,
) {
  return person !== requestedBy && person !== lastEditedBy
}

/**
 * Decides a decision. Refuses APPROVAL_NOT_PENDING, APPROVAL_EXPIRED, FOUR_EYES_VIOLATED, and INVALID_INPUT
 * for a rejection that gives no reason.
 */
export function decide(
  request: ApprovalRequest,
  by: { verdict: Verdict; person: string; comment?: string | null; at: Date },
) {
  if (request.status !== 'PENDING') throw refuse('APPROVAL_NOT_PENDING', `the request is ${request.status} already`)
  if (by.at >= request.expiresAt)
    throw refuse('APPROVAL_EXPIRED', `the request expired at ${request.expiresAt.toISOString()}`)
  if (!mayDecide(request, by.person))
    throw refuse('FOUR_EYES_VIOLATED', 'whoever asked for it or last edited it cannot decide it: a second person must')
  if (by.verdict === 'REJECTED' && !by.comment?.trim()) throw refuse('INVALID_INPUT', 'comment: say why you reject it')
  return { status: by.verdict, decidedBy: by.person, decidedAt: by.at, comment: by.comment ?? null }
}
