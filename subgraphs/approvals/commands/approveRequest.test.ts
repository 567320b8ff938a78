import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approver, clerk, type Desk, desk, question } from '../testing/desk.ts'

describe('approveRequest and rejectRequest', () => {
  let approvals: Desk
  beforeAll(async () => {
    approvals = await desk()
  })
  afterAll(() => approvals.stop())

  test('signs the approval of exactly what was asked, and publishes it', async () => {
    const requestId = await approvals.request()
    const { result } = await approvals.send(approver, 'approveRequest', { requestId, expectedVersion: 1 })
    expect(result.request).toMatchObject({ status: 'APPROVED', version: 2, decision: { decidedBy: 'approver' } })

    const [event] = await approvals.sql(
      "select payload from kernel.outbox where aggregate_id = $1 and type = 'approvals.ApprovalDecided'",
      [requestId],
    )
    expect(event?.payload).toMatchObject({ requestId, verdict: 'APPROVED' })
    const { attestation } = (event?.payload ?? {}) as { attestation: string }
    const signed = JSON.parse(Buffer.from(attestation.split('.')[1] ?? '', 'base64url').toString())
    expect(signed).toMatchObject({
      tenant: approvals.tenantId,
      policy: 'employment-contract',
      policyVersion: 1,
      contentHash: 'a'.repeat(64),
      deciders: [{ person: 'approver' }],
    })
  })

  test("refuses the requester's own approval, and the last editor's", async () => {
    const requestId = await approvals.request()
    for (const person of ['clerk', 'editor']) {
      const { result } = await approvals.send({ ...clerk, person }, 'approveRequest', { requestId, expectedVersion: 1 })
      expect(result).toMatchObject({ __typename: 'Refusal', code: 'FOUR_EYES_VIOLATED' })
    }
  })

  test('counts two accounts of one person as one person', async () => {
    const requestId = await approvals.request()
    const second = { ...clerk, account: 'another-account' }
    const { result } = await approvals.send(second, 'approveRequest', { requestId, expectedVersion: 1 })
    expect(result.code).toBe('FOUR_EYES_VIOLATED')
  })

  test('is held by the database, should the decision ever fail to', async () => {
    const requestId = await approvals.request()
    await expect(
      approvals.sql(
        "update approval_request set status = 'APPROVED', decided_by = 'clerk', decided_at = now() where id = $1",
        [requestId],
      ),
    ).rejects.toThrow('violates check constraint')
  })

  test('decides once, and refuses a second decision', async () => {
    const requestId = await approvals.request()
    const input = { requestId, expectedVersion: 1, comment: 'geprüft' }
    const first = await approvals.send(approver, 'approveRequest', input, { key: 'once' })
    const replay = await approvals.send(approver, 'approveRequest', input, { key: 'once' })
    expect(replay).toEqual({ ...first, replayed: true })
    const decided = await approvals.sql(
      "select 1 from kernel.outbox where aggregate_id = $1 and type = 'approvals.ApprovalDecided'",
      [requestId],
    )
    expect(decided).toHaveLength(1)

    const late = await approvals.send(approver, 'rejectRequest', { ...input, expectedVersion: 2 })
    expect(late.result.code).toBe('APPROVAL_NOT_PENDING')
  })

  test('refuses a stale version', async () => {
    const requestId = await approvals.request()
    const { error } = await approvals.send(approver, 'approveRequest', { requestId, expectedVersion: 7 })
    expect(error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
  })

  test('rejects only with a reason, and signs nothing', async () => {
    const requestId = await approvals.request()
    const mute = await approvals.send(approver, 'rejectRequest', { requestId, expectedVersion: 1 })
    expect(mute.result.code).toBe('INVALID_INPUT')

    const input = { requestId, expectedVersion: 1, comment: 'Gehalt passt nicht zur Stelle' }
    const { result } = await approvals.send(approver, 'rejectRequest', input)
    expect(result.request).toMatchObject({ status: 'REJECTED', decision: { comment: input.comment } })
    const [event] = await approvals.sql(
      "select payload from kernel.outbox where aggregate_id = $1 and type = 'approvals.ApprovalDecided'",
      [requestId],
    )
    expect(event?.payload).toMatchObject({ verdict: 'REJECTED' })
    expect(event?.payload).not.toHaveProperty('attestation')
  })

  test('refuses a decision after its time', async () => {
    const requestId = await approvals.request()
    await approvals.sql("update approval_request set expires_at = now() - interval '1 second' where id = $1", [
      requestId,
    ])
    const { result } = await approvals.send(approver, 'approveRequest', { requestId, expectedVersion: 1 })
    expect(result.code).toBe('APPROVAL_EXPIRED')
  })

  test("does not find another tenant's request", async () => {
    const requestId = await approvals.request()
    const other = { ...approver, tenantId: '22222222-2222-4222-8222-222222222222' }
    const { result } = await approvals.send(other, 'approveRequest', { requestId, expectedVersion: 1 })
    expect(result.code).toBe('APPROVAL_REQUEST_NOT_FOUND')
  })

  test('is asked about invoices too, and names the invoice it is about', async () => {
    const subjectId = '0199c000-0000-7000-8000-000000000002'
    const requestId = await approvals.request({ policy: 'invoice-above-limit', subjectType: 'Invoice', subjectId })
    const query = `{ approvalRequest(id: "${requestId}") {
      policy { name title } subject { __typename ... on Invoice { id } } } }`
    const { data } = await approvals.ask(approver, query)
    expect(data.approvalRequest).toMatchObject({
      policy: { name: 'invoice-above-limit', title: expect.stringContaining('Rechnung') },
      subject: { __typename: 'Invoice', id: subjectId },
    })
  })

  test('says who may decide', async () => {
    const requestId = await approvals.request(question())
    const query = `{ approvalRequest(id: "${requestId}") { mayDecide policy { title } } }`
    const asClerk = await approvals.ask(clerk, query)
    const asApprover = await approvals.ask(approver, query)
    expect([asClerk, asApprover].map(({ data }) => data.approvalRequest.mayDecide)).toEqual([false, true])
  })
})
