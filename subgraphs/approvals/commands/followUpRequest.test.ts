import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approver, type Desk, desk, question, supervisor, worker } from '../testing/desk.ts'

const hourMs = 3_600_000

describe('followUpRequest', () => {
  let approvals: Desk
  beforeAll(async () => {
    approvals = await desk()
  })
  afterAll(() => approvals.stop())

  /** A request and its first time, as the process learns them. */
  async function requested() {
    const { result } = await approvals.send(worker, 'requestApproval', question())
    const requestedAt = Date.parse(result.followUpAt) - 8 * hourMs
    const after = (hours: number) => new Date(requestedAt + hours * hourMs).toISOString()
    return { requestId: result.requestId as string, after }
  }
  const followUp = (requestId: string, at: string, key?: string) =>
    approvals.send(worker, 'followUpRequest', { requestId, at }, key ? { key } : {})
  const read = async (requestId: string) =>
    (
      await approvals.ask(approver, 'query ($id: ID!) { approvalRequest(id: $id) { status remindedAt escalatedAt } }', {
        id: requestId,
      })
    ).data.approvalRequest
  const events = (requestId: string) =>
    approvals
      .sql("select type from kernel.outbox where aggregate_id = $1 and type like 'approvals.%' order by id", [
        requestId,
      ])
      .then((rows) => rows.map(({ type }) => type))

  test('reminds after 8 hours, escalates after 24, and lets the request expire after 14 days', async () => {
    const { requestId, after } = await requested()
    expect((await followUp(requestId, after(8))).result.followUpAt).toBe(after(24))
    expect(await read(requestId)).toEqual({ status: 'PENDING', remindedAt: after(8), escalatedAt: null })
    expect((await followUp(requestId, after(24))).result.followUpAt).toBe(after(14 * 24))
    expect(await read(requestId)).toMatchObject({ status: 'PENDING', remindedAt: after(8), escalatedAt: after(24) })
    expect((await followUp(requestId, after(14 * 24))).result.followUpAt).toBeNull()
    expect(await read(requestId)).toMatchObject({ status: 'EXPIRED' })
    const told = ['ApprovalRequested', 'ApprovalReminded', 'ApprovalEscalated', 'ApprovalDecided']
    expect(await events(requestId)).toEqual(told.map((name) => `approvals.${name}`))
  })

  test('escalates at once what nobody looked after in time', async () => {
    const { requestId, after } = await requested()
    expect((await followUp(requestId, after(30))).result.followUpAt).toBe(after(14 * 24))
    expect(await read(requestId)).toMatchObject({ remindedAt: after(30), escalatedAt: after(30) })
    expect(await events(requestId)).toEqual(['approvals.ApprovalRequested', 'approvals.ApprovalEscalated'])
  })

  test('does nothing before its time, and says when that is', async () => {
    const { requestId, after } = await requested()
    expect((await followUp(requestId, after(7))).result.followUpAt).toBe(after(8))
    expect(await read(requestId)).toMatchObject({ remindedAt: null })
  })

  test('reminds once, however often it is sent', async () => {
    const { requestId, after } = await requested()
    const first = await followUp(requestId, after(8), `once-${requestId}`)
    const again = await followUp(requestId, after(8), `once-${requestId}`)
    expect(again).toMatchObject({ replayed: true, result: first.result })
    expect(await events(requestId)).toEqual(['approvals.ApprovalRequested', 'approvals.ApprovalReminded'])
  })

  test('leaves alone what is decided, and refuses what is not there', async () => {
    const { requestId, after } = await requested()
    await approvals.send(approver, 'approveRequest', { requestId, expectedVersion: 1 })
    expect((await followUp(requestId, after(30))).result.followUpAt).toBeNull()
    expect(await read(requestId)).toMatchObject({ status: 'APPROVED', escalatedAt: null })
    const nobody = '00000000-0000-4000-8000-000000000000'
    expect((await followUp(nobody, after(8))).result.code).toBe('APPROVAL_REQUEST_NOT_FOUND')
  })

  test('lets those decide who decide what was left undecided, and not before', async () => {
    const { requestId, after } = await requested()
    const decide = (expectedVersion: number) =>
      approvals.send(supervisor, 'approveRequest', { requestId, expectedVersion })
    expect((await decide(1)).result.code).toBe('APPROVAL_NOT_ESCALATED')
    await followUp(requestId, after(24))
    expect((await decide(2)).result.request).toMatchObject({
      status: 'APPROVED',
      decision: { decidedBy: 'supervisor' },
    })
  })

  test('has the request come again to those who wait for something to decide', async () => {
    const query = 'subscription { approvalAwaitingMe { request { id remindedAt escalatedAt mayDecide } } }'
    const { requestId, after } = await requested()
    const heard = { first: approvals.listen(approver, query), late: approvals.listen(supervisor, query) }
    /** Waits until the request comes like this; it may come twice. */
    const comes = async (who: keyof typeof heard, like: { remindedAt: string | null; escalatedAt: string | null }) => {
      for (;;) {
        const { id, ...request } = (await heard[who].next()).approvalAwaitingMe.request
        if (id === requestId && request.remindedAt === like.remindedAt)
          return expect(request).toEqual({ ...like, mayDecide: true })
      }
    }
    await comes('first', { remindedAt: null, escalatedAt: null })
    await followUp(requestId, after(8))
    await comes('first', { remindedAt: after(8), escalatedAt: null })
    await followUp(requestId, after(24))
    await comes('late', { remindedAt: after(8), escalatedAt: after(24) })
    await Promise.all([heard.first.close(), heard.late.close()])
  })

  test('is found among the escalated', async () => {
    const { requestId, after } = await requested()
    await followUp(requestId, after(24))
    const list = async (escalated: boolean) => {
      const query =
        'query ($filter: ApprovalRequestFilter) { approvalRequests(first: 100, filter: $filter) { edges { node { id } } } }'
      const { data } = await approvals.ask(approver, query, { filter: { escalated } })
      return data.approvalRequests.edges.map(({ node }: { node: { id: string } }) => node.id)
    }
    expect(await list(true)).toContain(requestId)
    expect(await list(false)).not.toContain(requestId)
  })
})
