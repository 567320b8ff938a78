import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approver, type Desk, desk, question, worker } from '../testing/desk.ts'

describe('requestApproval and withdrawRequest', () => {
  let approvals: Desk
  beforeAll(async () => {
    approvals = await desk()
  })
  afterAll(() => approvals.stop())

  test('puts a question once, however often its key comes', async () => {
    const asked = question()
    const first = await approvals.send(worker, 'requestApproval', asked, { key: 'ask' })
    const again = await approvals.send(worker, 'requestApproval', asked, { key: 'ask' })
    expect(again.result).toEqual(first.result)
    const rows = await approvals.sql('select status, requested_by from approval_request where subject_id = $1', [
      asked.subjectId,
    ])
    expect(rows).toEqual([{ status: 'PENDING', requested_by: 'clerk' }])
  })

  test('refuses a second question on the same subject, and a policy nobody knows', async () => {
    const asked = question()
    await approvals.send(worker, 'requestApproval', asked)
    const second = await approvals.send(worker, 'requestApproval', asked)
    expect(second.result.code).toBe('APPROVAL_ALREADY_REQUESTED')
    const unknown = await approvals.send(worker, 'requestApproval', { ...question(), policy: 'nobody-knows' })
    expect(unknown.result.code).toBe('APPROVAL_POLICY_NOT_FOUND')
  })

  test('is sent by processes alone', async () => {
    const { error } = await approvals.send(
      { ...approver, scopes: ['approvals:request'] },
      'requestApproval',
      question(),
    )
    expect(error?.code).toBe('FORBIDDEN')
  })

  test('withdraws a pending question and leaves a decided one', async () => {
    const pending = question()
    await approvals.send(worker, 'requestApproval', pending, { key: 'forward-1' })
    const withdrawn = await approvals.send(worker, 'withdrawRequest', subjectOf(pending), { forwardKey: 'forward-1' })
    expect(withdrawn.result.requestId).not.toBeNull()
    expect(await statusOf(pending.subjectId)).toBe('WITHDRAWN')

    const decided = question()
    const { result } = await approvals.send(worker, 'requestApproval', decided, { key: 'forward-2' })
    await approvals.send(approver, 'approveRequest', { requestId: result.requestId, expectedVersion: 1 })
    const left = await approvals.send(worker, 'withdrawRequest', subjectOf(decided), { forwardKey: 'forward-2' })
    expect(left.result.requestId).toBeNull()
    expect(await statusOf(decided.subjectId)).toBe('APPROVED')
  })

  test('refuses a question that arrives after it was withdrawn', async () => {
    const late = question()
    const withdrawn = await approvals.send(worker, 'withdrawRequest', subjectOf(late), { forwardKey: 'late' })
    expect(withdrawn.result.requestId).toBeNull()
    const arrived = await approvals.send(worker, 'requestApproval', late, { key: 'late' })
    expect(arrived.result.code).toBe('COMPENSATED')
    expect(await statusOf(late.subjectId)).toBeUndefined()
  })

  const subjectOf = ({ policy, subjectType, subjectId }: ReturnType<typeof question>) => ({
    policy,
    subjectType,
    subjectId,
  })
  const statusOf = async (subjectId: string) =>
    (await approvals.sql('select status from approval_request where subject_id = $1', [subjectId]))[0]?.status
})
