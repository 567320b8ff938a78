import type { Approval } from '@steinmetz/kernel/attestation'
import { change, commandOf, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { decide, type Verdict } from './domain/decision.ts'
import { ApprovalDecided } from './events.ts'
import type { ApproveRequestPayload, DecideRequestInput } from './generated/graphql.ts'
import type { ApprovalRequest, PrismaClient } from './generated/prisma/client.ts'

/** What the commands of approvals use besides the kernel's: the domain's signature. */
export type Tools = { readonly signApproval: (approval: Approval) => string }

/** Defines a command of approvals. */
export const command = commandOf<PrismaClient, Tools>()

/** Approving and rejecting are one command with two verdicts: only what was approved is signed. */
export const decisionCommand = (name: string, verdict: Verdict) =>
  command<DecideRequestInput, ApproveRequestPayload>({
    name,
    scope: ['approvals:decide', 'approvals:escalations'],
    check: z.object({ requestId: id, comment: z.string().max(1_000, 'give at most 1,000 characters').nullish() }),

    async execute({ requestId, expectedVersion, comment = null }, { tx, now, identity, tools }) {
      const request = await tx.approvalRequest.findUnique({ where: { id: requestId } })
      if (!request) throw notFound('ApprovalRequest', requestId)
      const decided = decide(request, { verdict, decider: identity, comment, at: now })
      expectVersion(request, expectedVersion)
      const saved = await saveVersion(tx.approvalRequest, request, decided)

      const attestation =
        verdict === 'APPROVED' ? tools.signApproval(approvalOf(request, identity.person, now)) : undefined
      const { policy, subjectType, subjectId } = request
      return {
        payload: { request: saved },
        changes: [change('ApprovalRequest', request, saved, ['FOUR_EYES'])],
        events: [ApprovalDecided({ requestId, policy, subjectType, subjectId, verdict, attestation })],
      }
    },
  })

/** How long a signed approval may be used: a process that is stuck can still go on after a weekend. */
const validDays = 30

function approvalOf(request: ApprovalRequest, person: string, at: Date) {
  const { tenantId, policy, policyVersion, subjectType, subjectId, contentHash } = request
  return {
    ...{ tenantId, policy, policyVersion, subjectType, subjectId, contentHash },
    requestId: request.id,
    deciders: [{ person, at }],
    decidedAt: at,
    expiresAt: new Date(at.getTime() + validDays * 86_400_000),
  }
}
