import { z } from 'zod'
import { jwsSigner, jwsVerifier } from '../auth/index.ts'
import type { PrivateJwk, PublicJwks } from '../config/index.ts'
import { type Refusal, refuse } from '../errors/index.ts'

/**
 * A decision that something may be done: by whom, under which version of which policy, and on exactly which
 * content. It holds until `expiresAt` for the one subject and the content whose hash it names.
 */
export type Approval = Readonly<{
  tenantId: string
  policy: string
  policyVersion: number
  subjectType: string
  subjectId: string
  /** As `contentHash` makes it. */
  contentHash: string
  /** Who approved, and when each did. Never empty. */
  deciders: readonly Readonly<{ person: string; at: Date }>[]
  /** The request for approval that was decided. */
  requestId: string
  decidedAt: Date
  expiresAt: Date
}>

/** Verifies an attestation for one use of it. See `approvalVerifier`. */
export type VerifyApproval = (
  attestation: string,
  expected: Readonly<{ tenantId: string; policy: string; subjectId: string; now: Date }>,
) => Approval

const TYPE = 'steinmetz-approval'
const MAX_LENGTH = 16_384

const instant = z.iso.datetime().transform((text) => new Date(text))
const payloadSchema = z.object({
  tenant: z.string(),
  policy: z.string(),
  policyVersion: z.int(),
  subjectType: z.string(),
  subjectId: z.string(),
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  deciders: z.array(z.object({ person: z.string().min(1), at: instant })).min(1),
  requestId: z.string(),
  decidedAt: instant,
  exp: z.int(),
})

/** Signs approvals as compact JWS, so that whoever holds the public key can verify them without asking back. */
export function approvalSigner(key: PrivateJwk): (approval: Approval) => string {
  const signed = jwsSigner(key, TYPE)
  return ({ tenantId, expiresAt, ...approval }) =>
    signed({ tenant: tenantId, ...approval, exp: Math.floor(expiresAt.getTime() / 1000) })
}

/**
 * Verifies attestations offline. Refuses with APPROVAL_INVALID what was not signed by one of the keys, has
 * expired, or approves something else than expected: another tenant, policy or subject. What it returns
 * still names the content that was approved: the decision compares `contentHash` with that of what it has
 * just loaded, so that a change after the approval voids it.
 */
export function approvalVerifier(jwks: PublicJwks): VerifyApproval {
  const verified = jwsVerifier(jwks, TYPE)
  return (attestation, { tenantId, policy, subjectId, now }) => {
    const jws = attestation.length <= MAX_LENGTH ? verified(attestation) : undefined
    if (!jws) throw invalid('it is not signed by the approvals of this platform')
    const read = payloadSchema.safeParse(jws.payload)
    if (!read.success) throw invalid('it is not an approval')
    const { tenant, exp, ...approval } = read.data
    const expiresAt = new Date(exp * 1000)
    if (tenant !== tenantId) throw invalid('it was given in another tenant')
    if (approval.policy !== policy) throw invalid(`it was given under the policy ${approval.policy}, not ${policy}`)
    if (approval.subjectId !== subjectId) throw invalid('it was given for another subject')
    if (expiresAt <= now) throw invalid(`it expired at ${expiresAt.toISOString()}`)
    return { ...approval, tenantId: tenant, expiresAt }
  }
}

function invalid(why: string): Refusal {
  return refuse('APPROVAL_INVALID', `the approval does not hold: ${why}`)
}
