export { type Approval, approvalSigner, approvalVerifier, type VerifyApproval } from './approval.ts'
export { contentHash } from './contentHash.ts'
