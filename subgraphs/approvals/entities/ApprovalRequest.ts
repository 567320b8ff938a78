import type { Context } from '@steinmetz/kernel/subgraph'
import { mayDecide } from '../domain/decision.ts'
import { policies } from '../domain/policies.ts'
import type { ApprovalRequest } from '../generated/prisma/client.ts'

/** What a request tells beyond its columns. */
export const approvalRequestFields = {
  policy: ({ policy, policyVersion }: ApprovalRequest) => {
    const known = policies.find(({ name }) => name === policy)
    return {
      title: policy,
      remindsAfterHours: 0,
      escalatesAfterHours: 0,
      expiresAfterHours: 0,
      ...known,
      name: policy,
      version: policyVersion,
    }
  },
  subject: ({ subjectType, subjectId }: ApprovalRequest) =>
    decidable.has(subjectType) ? { __typename: subjectType, id: subjectId } : null,
  decision: ({ decidedBy, decidedAt, comment }: ApprovalRequest) =>
    decidedBy && decidedAt ? { decidedBy, decidedAt, comment } : null,
  mayDecide: (request: ApprovalRequest, _: unknown, { identity }: Context) =>
    request.status === 'PENDING' && mayDecide(request, identity),
}

// The members of the union ApprovalSubject.
const decidable: ReadonlySet<string> = new Set(['Employee', 'Invoice'])
