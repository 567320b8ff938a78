import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approver, type Desk, desk } from '../testing/desk.ts'

const list = `query ($first: Int! = 10, $after: String, $filter: ApprovalRequestFilter,
  $orderBy: ApprovalRequestOrder! = REQUESTED_AT, $descending: Boolean! = true) {
  approvalRequests(first: $first, after: $after, filter: $filter, orderBy: $orderBy, descending: $descending) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } }`

describe('requests for approval', () => {
  let approvals: Desk
  const ids: string[] = []
  beforeAll(async () => {
    approvals = await desk()
    for (let nth = 0; nth < 4; nth++) ids.push(await approvals.request({ subjectId: `subject-${nth}` }))
    // Two expire at the same moment, and in another order than they were requested in.
    const days = [3, 1, 2, 1]
    for (const [nth, day] of days.entries())
      await approvals.sql('update approval_request set requested_at = $2, expires_at = $3 where id = $1', [
        ids[nth],
        `2026-11-2${nth}T08:00:00Z`,
        `2026-12-0${day}T08:00:00Z`,
      ])
    const [first] = ids
    await approvals.send(approver, 'rejectRequest', { requestId: first, expectedVersion: 1, comment: 'Nein' })
  })
  afterAll(() => approvals.stop())

  async function listed(variables: object = {}) {
    const { data, errors } = await approvals.ask(approver, list, variables)
    const edges: { node: { id: string } }[] = data?.approvalRequests.edges ?? []
    return { ...data?.approvalRequests, errors, nths: edges.map(({ node }) => ids.indexOf(node.id)) }
  }

  test('are listed newest first, or oldest first', async () => {
    expect(await listed()).toMatchObject({ nths: [3, 2, 1, 0], totalCount: 4 })
    expect((await listed({ descending: false })).nths).toEqual([0, 1, 2, 3])
  })

  test('are listed by when they expire, page by page, also where two expire at once', async () => {
    const first = await listed({ orderBy: 'EXPIRES_AT', descending: false, first: 1 })
    const { pageInfo } = first
    const rest = await listed({ orderBy: 'EXPIRES_AT', descending: false, after: pageInfo.endCursor })
    expect([...first.nths, ...rest.nths]).toEqual([1, 3, 2, 0])
    const { errors } = await listed({ orderBy: 'REQUESTED_AT', after: pageInfo.endCursor })
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  })

  test('are filtered by status, subject, policy and time', async () => {
    const nths = async (filter: object) => (await listed({ filter })).nths
    expect(await nths({ status: 'REJECTED' })).toEqual([0])
    expect(await nths({ subjectId: 'subject-2', policy: 'employment-contract' })).toEqual([2])
    expect(await nths({ policy: 'another' })).toEqual([])
    const days = { requestedSince: '2026-11-21T08:00:00Z', requestedUntil: '2026-11-23T08:00:00Z' }
    expect(await nths(days)).toEqual([2, 1])
  })

  test('are not found by a cursor that somebody made up', async () => {
    for (const after of ['bm9uc2Vuc2U', '%']) {
      const { errors } = await listed({ after })
      expect(errors[0]).toMatchObject({ message: expect.stringMatching(/^after: /) })
    }
  })
})
