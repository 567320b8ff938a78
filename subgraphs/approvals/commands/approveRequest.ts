import { decisionCommand } from '../command.ts'

/**
 * Approves a request and signs the approval. Refuses: APPROVAL_REQUEST_NOT_FOUND, APPROVAL_NOT_PENDING,
 * APPROVAL_EXPIRED, FOUR_EYES_VIOLATED, APPROVAL_NOT_ESCALATED.
 */
export const approveRequest = decisionCommand('approveRequest', 'APPROVED')
