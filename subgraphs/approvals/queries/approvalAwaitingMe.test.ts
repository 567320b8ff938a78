import type { Caller } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { approver, clerk, type Desk, desk } from '../testing/desk.ts'

describe('approvalAwaitingMe', () => {
  let approvals: Desk
  beforeAll(async () => {
    approvals = await desk()
  })
  afterAll(() => approvals.stop())

  test('tells what is waiting, then what comes, and goes on from a cursor without a gap', async () => {
    const waiting = await approvals.request()
    const first = listen(approver)
    expect((await first.next()).requestId).toBe(waiting)

    const came = await approvals.request()
    const second = await first.next()
    expect(second.requestId).toBe(came)
    await first.close()

    const missed = await approvals.request()
    const later = listen(approver, second.cursor)
    expect((await later.next()).requestId).toBe(missed)
    await later.close()
  })

  test('goes on within what was waiting already, where a break came before all of it was told', async () => {
    // What is waiting is told by its ids, which two of one millisecond have in any order.
    const [first = '', second = ''] = [await approvals.request(), await approvals.request()].toSorted()
    const broken = listen(approver)
    let told = await broken.next()
    while (told.requestId !== first) told = await broken.next()
    await broken.close()

    const coming = await approvals.request()
    const resumed = listen(approver, told.cursor)
    const heard = [await resumed.next(), await resumed.next()]
    expect(heard.map(({ requestId }) => requestId)).toEqual([second, coming])
    // What was both waiting and in the log is told once.
    const last = await approvals.request()
    expect((await resumed.next()).requestId).toBe(last)
    await resumed.close()
  })

  test('tells nothing twice, however often a break comes before anything new', async () => {
    const listed = await approvals.request()
    let connection = listen(approver)
    let told = await connection.next()
    while (told.requestId !== listed) told = await connection.next()
    await connection.close()

    // Each of them comes while nobody listens, and is waiting already when somebody does again.
    const came: string[] = []
    const heard: string[] = []
    for (let nth = 0; nth < 3; nth++) {
      came.push(await approvals.request())
      connection = listen(approver, told.cursor)
      told = await connection.next()
      heard.push(told.requestId)
      await connection.close()
    }
    connection = listen(approver, told.cursor)
    for (let nth = 0; nth < 2; nth++) {
      came.push(await approvals.request())
      heard.push((await connection.next()).requestId)
    }
    await connection.close()
    expect(heard).toEqual(came)
  })

  test('leaves out what the caller asked for', async () => {
    const own = await approvals.request({ requestedBy: 'approver' })
    const others = await approvals.request()
    const heard = listen(approver)
    const told: string[] = []
    while (told.at(-1) !== others) told.push((await heard.next()).requestId)
    await heard.close()
    expect(told).not.toContain(own)
  })

  test('is for those who may decide', async () => {
    const heard = listen({ ...clerk, scopes: ['approvals:read'] })
    await expect(heard.next()).rejects.toThrow('approvals:decide')
    await heard.close()
  })

  test('refuses a cursor that no log can hold', async () => {
    const heard = listen(approver, 'a\0')
    await expect(heard.next()).rejects.toThrow('after: leave out the null character')
    await heard.close()
  })

  function listen(caller: Caller, after?: string) {
    const query = 'subscription ($after: String) { approvalAwaitingMe(after: $after) { cursor request { id } } }'
    const { next, close } = approvals.listen(caller, query, { after })
    return {
      close,
      async next() {
        const { cursor, request } = (await next()).approvalAwaitingMe
        return { cursor, requestId: request.id }
      },
    }
  }
})
