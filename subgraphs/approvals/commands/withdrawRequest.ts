import { change, saveVersion, unchanged } from '@steinmetz/kernel/command'
import { command } from '../command.ts'
import type { WithdrawRequestInput, WithdrawRequestPayload } from '../generated/graphql.ts'

/**
 * Undoes requestApproval: withdraws a request that is still pending. A decided one stays as it is, because
 * it happened. Sent by sagas alone.
 */
export const withdrawRequest = command<WithdrawRequestInput, WithdrawRequestPayload>({
  name: 'withdrawRequest',
  scope: 'approvals:request',
  compensates: 'requestApproval',

  async execute({ policy, subjectType, subjectId }, { tx, forwardDone }) {
    const request = forwardDone
      ? await tx.approvalRequest.findFirst({ where: { policy, subjectType, subjectId, status: 'PENDING' } })
      : null
    if (!request) return unchanged({ requestId: null })
    const saved = await saveVersion(tx.approvalRequest, request, { status: 'WITHDRAWN' })
    return {
      payload: { requestId: request.id },
      changes: [change('ApprovalRequest', request, saved, ['FOUR_EYES'])],
    }
  },
})
