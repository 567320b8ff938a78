import { change, line } from '@steinmetz/kernel/command'
import { refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { nextFollowUp } from '../domain/followUp.ts'
import { policyNamed } from '../domain/policies.ts'
import { ApprovalRequested } from '../events.ts'
import type { RequestApprovalInput, RequestApprovalPayload } from '../generated/graphql.ts'

const hourMs = 3_600_000

/**
 * Asks a second person for a decision. Sent by sagas alone.
 *
 * Refuses: APPROVAL_POLICY_NOT_FOUND, APPROVAL_ALREADY_REQUESTED, INVALID_INPUT.
 */
export const requestApproval = command<RequestApprovalInput, RequestApprovalPayload>({
  name: 'requestApproval',
  scope: 'approvals:request',
  check: z.object({
    policy: line(100),
    subjectType: z.string().regex(/^[A-Za-z]{1,64}$/, 'give the name of a type'),
    subjectId: line(100),
    contentHash: z.string().regex(/^[0-9a-f]{64}$/, 'give a SHA-256 in hexadecimal'),
    requestedBy: line(200),
    lastEditedBy: line(200),
  }),

  async execute(input, { tx, now, newId }) {
    const policy = policyNamed(input.policy)
    const { subjectId } = input
    const pending = await tx.approvalRequest.findFirst({ where: { policy: policy.name, subjectId, status: 'PENDING' } })
    if (pending) throw refuse('APPROVAL_ALREADY_REQUESTED', `a decision on ${subjectId} is pending already`)

    const later = (hours: number) => new Date(now.getTime() + hours * hourMs)
    const request = await tx.approvalRequest.create({
      data: {
        ...input,
        id: newId(),
        policyVersion: policy.version,
        requestedAt: now,
        remindAt: later(policy.remindsAfterHours),
        escalateAt: later(policy.escalatesAfterHours),
        expiresAt: later(policy.expiresAfterHours),
      },
    })
    return {
      payload: { requestId: request.id, followUpAt: nextFollowUp(request) },
      changes: [change('ApprovalRequest', null, request, ['FOUR_EYES'])],
      events: [ApprovalRequested({ requestId: request.id })],
    }
  },
})
