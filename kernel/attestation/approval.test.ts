import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { jwsSigner } from '../auth/index.ts'
import type { PrivateJwk } from '../config/index.ts'
import { type Approval, approvalSigner, approvalVerifier, contentHash } from './index.ts'

function keyOf(kid: string): PrivateJwk {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { kty: 'OKP', crv: 'Ed25519', kid, x, d }
}

const key = keyOf('approvals-1')
const { d: _, ...open } = key
const sign = approvalSigner(key)
const verify = approvalVerifier({ keys: [open] })

const now = new Date('2026-11-23T12:00:00Z')
const approval: Approval = {
  tenantId: 'tenant-1',
  policy: 'contract',
  policyVersion: 3,
  subjectType: 'Thing',
  subjectId: 'thing-1',
  contentHash: contentHash({ a: 1 }),
  deciders: [{ person: 'person-2', at: new Date('2026-11-23T11:59:58Z') }],
  requestId: 'request-1',
  decidedAt: new Date('2026-11-23T11:59:59Z'),
  expiresAt: new Date('2026-11-24T12:00:00Z'),
}
const expected = { tenantId: 'tenant-1', policy: 'contract', subjectId: 'thing-1', now }

describe('an approval', () => {
  it('is verified offline and tells what was approved, by whom and when', () => {
    expect(verify(sign(approval), expected)).toEqual(approval)
  })

  it.each<[string, object, string]>([
    ['another tenant', { tenantId: 'tenant-2' }, 'another tenant'],
    ['another policy', { policy: 'payment' }, 'under the policy contract, not payment'],
    ['another subject', { subjectId: 'thing-2' }, 'another subject'],
    ['another time than its own', { now: approval.expiresAt }, 'it expired at 2026-11-24T12:00:00.000Z'],
  ])('does not hold in %s', (_, changes, message) => {
    expect(() => verify(sign(approval), { ...expected, ...changes })).toThrow(
      expect.objectContaining({ kind: 'refusal', code: 'APPROVAL_INVALID', message: expect.stringContaining(message) }),
    )
  })

  it('does not hold when somebody else signed it', () => {
    expect(() => verify(approvalSigner(keyOf('approvals-1'))(approval), expected)).toThrow('not signed by')
    expect(() => verify(approvalSigner(keyOf('gateway-1'))(approval), expected)).toThrow('not signed by')
  })

  it('does not hold when a single character of it is changed', () => {
    const attestation = sign(approval)
    for (let at = 0; at < attestation.length; at += 11) {
      const changed = attestation.slice(0, at) + (attestation[at] === 'A' ? 'B' : 'A') + attestation.slice(at + 1)
      expect(() => verify(changed, expected)).toThrow(expect.objectContaining({ code: 'APPROVAL_INVALID' }))
    }
  })

  it('is no token, and no token is an approval', () => {
    const token = jwsSigner(key, 'steinmetz-internal+jwt')({ tenant: 'tenant-1' })
    for (const text of [token, '', 'a.b.c', 'x'.repeat(20_000)])
      expect(() => verify(text, expected)).toThrow('not signed by')
  })

  it('needs a decider and a hash', () => {
    expect(() => verify(sign({ ...approval, deciders: [] }), expected)).toThrow('it is not an approval')
    expect(() => verify(sign({ ...approval, contentHash: 'none' }), expected)).toThrow('it is not an approval')
  })
})
