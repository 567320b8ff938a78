import { decisionCommand } from '../command.ts'

/**
 * Rejects a request, with the reason. Refuses: APPROVAL_REQUEST_NOT_FOUND, APPROVAL_NOT_PENDING,
 * APPROVAL_EXPIRED, FOUR_EYES_VIOLATED, APPROVAL_NOT_ESCALATED, INVALID_INPUT.
 */
export const rejectRequest = decisionCommand('rejectRequest', 'REJECTED')
