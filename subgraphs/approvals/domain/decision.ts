import { refuse } from '@steinmetz/kernel/errors'
import type { ApprovalRequest } from '../generated/prisma/client.ts'

export type Verdict = 'APPROVED' | 'REJECTED'

/** Who wants to decide: `approvals:decide` decides all, `approvals:escalations` what was escalated. */
export type Decider = { readonly person: string; readonly scopes: ReadonlySet<string> }

type Asked = Pick<ApprovalRequest, 'requestedBy' | 'lastEditedBy' | 'escalatedAt'>

/** Whether a person may decide a request: neither the one who asked nor the one who last edited what it is about. */
export function mayDecide(request: Asked, decider: Decider): boolean {
  return isSecondPerson(request, decider) && isCalled(request, decider)
}

function isSecondPerson({ requestedBy, lastEditedBy }: Asked, { person }: Decider) {
  return person !== requestedBy && person !== lastEditedBy
}

function isCalled({ escalatedAt }: Asked, { scopes }: Decider) {
  return scopes.has('approvals:decide') || (escalatedAt !== null && scopes.has('approvals:escalations'))
}

/**
 * Decides a decision. Refuses APPROVAL_NOT_PENDING, APPROVAL_EXPIRED, FOUR_EYES_VIOLATED,
 * APPROVAL_NOT_ESCALATED, and INVALID_INPUT for a rejection that gives no reason.
 */
export function decide(
  request: ApprovalRequest,
  by: { verdict: Verdict; decider: Decider; comment?: string | null; at: Date },
) {
  if (request.status !== 'PENDING') throw refuse('APPROVAL_NOT_PENDING', `the request is ${request.status} already`)
  if (by.at >= request.expiresAt)
    throw refuse('APPROVAL_EXPIRED', `the request expired at ${request.expiresAt.toISOString()}`)
  if (!isSecondPerson(request, by.decider))
    throw refuse('FOUR_EYES_VIOLATED', 'whoever asked for it or last edited it cannot decide it: a second person must')
  if (!isCalled(request, by.decider))
    throw refuse('APPROVAL_NOT_ESCALATED', 'the request is not escalated: those who decide it first still have time')
  if (by.verdict === 'REJECTED' && !by.comment?.trim()) throw refuse('INVALID_INPUT', 'comment: say why you reject it')
  return { status: by.verdict, decidedBy: by.decider.person, decidedAt: by.at, comment: by.comment ?? null }
}
