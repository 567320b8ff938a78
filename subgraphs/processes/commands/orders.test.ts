import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operator, type Processes, processes, stranger } from '../testing/sagas.ts'

describe('an order about a process', () => {
  let subgraph: Processes
  beforeAll(async () => {
    subgraph = await processes()
  })
  afterAll(() => subgraph.stop())

  async function send(mutation: string, input: object, caller = operator, key: string = randomUUID()) {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}`
    const about = 'version orders { kind givenBy reason settledAt outcome }'
    const fields = /Letter$/.test(mutation) ? 'deadLetter { id orders { kind reason } }' : `process { id ${about} }`
    const { data, errors, replayed } = await subgraph.ask(
      caller,
      `mutation ($key: ID!, $input: ${type}Input!) { ${mutation}(idempotencyKey: $key, input: $input) {
        ... on Refusal { code message } ... on ${type}Payload { ${fields} } } }`,
      { key, input },
    )
    return { ...data?.[mutation], error: errors[0]?.extensions, replayed }
  }

  const given = (sagaId: string) =>
    subgraph.sql('select kind, note, sent_by from saga.signal where saga_id = $1 order by id', [sagaId])
  const settle = (sagaId: string) =>
    subgraph.sql(`update saga.signal set consumed_at = now(), outcome = 'TOO_LATE' where saga_id = $1`, [sagaId])
  const order = (processId: string) => ({ processId, expectedVersion: 1 })
  const stuck = (more: object = {}) => subgraph.saga({ state: 'STUCK', ...more })

  test('is put where the engine takes it up, in the name of the operator, and audited on the process', async () => {
    const id = await stuck()
    const { process } = await send('redriveProcess', { ...order(id), reason: 'the bank is back' })
    const redrive = { kind: 'REDRIVE', givenBy: 'operator', reason: 'the bank is back' }
    expect(process).toEqual({ id, version: 1, orders: [{ ...redrive, settledAt: null, outcome: null }] })
    expect(await given(id)).toMatchObject([
      { kind: 'REDRIVE', note: 'the bank is back', sent_by: { person: 'operator', address: '127.0.0.1' } },
    ])
    const audit = await subgraph.sql('select * from kernel.audit where entity_id = $1', [id])
    expect(audit).toMatchObject([
      {
        ...{ entity: 'Process', operation: 'UPDATE', context: { command: 'redriveProcess', person: 'operator' } },
        before: { id, version: 1, state: 'STUCK' },
        after: { id, version: 1, state: 'STUCK', order: 'REDRIVE', reason: 'the bank is back' },
      },
    ])
    await settle(id)
    const { process: later } = await send('cancelProcess', order(id))
    expect(later.orders).toMatchObject([{ outcome: 'TOO_LATE', settledAt: expect.any(String) }, { kind: 'CANCEL' }])
  })

  test('is shown too where it was given without the graph; what events tell a process is none', async () => {
    const id = await stuck()
    await subgraph.sql(
      `insert into saga.signal (tenant_id, saga_id, kind, sent_by)
       select $1, $2, kind, '{}' from unnest(array['DECISION', 'CHANGED', 'RESUME']) as kind`,
      [subgraph.tenantId, id],
    )
    const query = 'query ($id: ID!) { process(id: $id) { orders { kind givenBy } } }'
    const { data } = await subgraph.ask(operator, query, { id })
    expect(data.process.orders).toEqual([{ kind: 'RESUME', givenBy: null }])
    await subgraph.sql(`update saga.signal set consumed_at = now() where saga_id = $1 and kind = 'RESUME'`, [id])
    expect((await send('redriveProcess', order(id))).error).toBeUndefined()
  })

  test('is given once, however often the same key comes', async () => {
    const id = await stuck()
    const key = randomUUID()
    const first = await send('redriveProcess', order(id), operator, key)
    const second = await send('redriveProcess', order(id), operator, key)
    expect([first.replayed, second.replayed]).toEqual([false, true])
    expect(await given(id)).toHaveLength(1)
    expect(await subgraph.sql('select from kernel.audit where entity_id = $1', [id])).toHaveLength(1)
  })

  test('is about the process as it was seen', async () => {
    const id = await stuck({ moves: 7 })
    expect((await send('redriveProcess', { processId: id, expectedVersion: 6 })).error).toMatchObject({
      code: 'CONFLICT',
      reason: 'STALE_VERSION',
    })
    expect(await given(id)).toEqual([])
  })

  test('waits until the one before it was carried out, also when both come at once', async () => {
    const id = await stuck()
    const both = await Promise.all([send('redriveProcess', order(id)), send('cancelProcess', order(id))])
    expect(both.map(({ error }) => error?.reason).sort()).toEqual(['ORDER_PENDING', undefined])
    expect(await given(id)).toHaveLength(1)
    await settle(id)
    expect((await send('redriveProcess', order(id))).error).toBeUndefined()
  })

  test('is refused where it makes no sense', async () => {
    const ended = { state: 'COMPENSATED', finished_at: '2026-11-23T08:15:00Z' }
    const pivot = { seq: 2, name: 'activation', kind: 'pivot' }
    const cases: [mutation: string, saga: object, steps: object[], code: string][] = [
      ['cancelProcess', ended, [], 'PROCESS_FINISHED'],
      ['cancelProcess', { state: 'COMPENSATING', direction: 'BACKWARD' }, [], 'PROCESS_ROLLING_BACK'],
      ['cancelProcess', { pivot_passed: true }, [], 'PROCESS_PIVOT_PASSED'],
      ['cancelProcess', {}, [{ ...pivot, status: 'STARTED' }], 'PROCESS_PIVOT_PASSED'],
      ['cancelProcess', {}, [{ ...pivot, kind: 'externalPivot', status: 'STARTED' }], 'PROCESS_PIVOT_PASSED'],
      ['redriveProcess', {}, [], 'PROCESS_NOT_STUCK'],
      ['redriveProcess', ended, [], 'PROCESS_FINISHED'],
      ['resumeProcess', { state: 'STUCK' }, [], 'PROCESS_STUCK'],
      ['resumeProcess', { state: 'WAITING' }, [], 'PROCESS_WAITING'],
      ['skipProcessStep', { pivot_passed: true }, [], 'PROCESS_NOT_STUCK'],
      ['skipProcessStep', { state: 'STUCK' }, [], 'STEP_NOT_SKIPPABLE'],
    ]
    for (const [mutation, saga, steps, code] of cases) {
      const id = await subgraph.saga(saga, steps)
      const answer = await send(mutation, { ...order(id), reason: 'because' })
      expect(answer.code, `${mutation} ${JSON.stringify(saga)}`).toBe(code)
      expect(answer.message).toMatch(/^[a-z].*/)
      expect(await given(id)).toEqual([])
    }
  })

  test('is taken where it does', async () => {
    const refused = { seq: 2, name: 'activation', kind: 'pivot', status: 'REFUSED' }
    const cases: [mutation: string, saga: object, steps: object[]][] = [
      ['cancelProcess', {}, [refused]],
      ['cancelProcess', { state: 'WAITING' }, []],
      [
        'cancelProcess',
        { state: 'COMPENSATING', direction: 'BACKWARD', reason: { kind: 'change', backTo: 1 } },
        [refused],
      ],
      ['resumeProcess', {}, []],
      ['resumeProcess', { state: 'COMPENSATING', direction: 'BACKWARD' }, []],
      ['skipProcessStep', { state: 'STUCK', pivot_passed: true }, []],
      ['skipProcessStep', { state: 'STUCK', direction: 'BACKWARD' }, []],
    ]
    for (const [mutation, saga, steps] of cases) {
      const id = await subgraph.saga(saga, steps)
      const answer = await send(mutation, { ...order(id), reason: 'because' })
      expect(answer.process?.id, `${mutation} ${JSON.stringify(saga)}`).toBe(id)
    }
  })

  test('to skip says why', async () => {
    const id = await stuck({ pivot_passed: true })
    for (const reason of ['', ' \u200b ', 'x'.repeat(501)])
      expect(await send('skipProcessStep', { ...order(id), reason })).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/^reason: give at/),
      })
  })

  test('is for operators, about processes of their own firm', async () => {
    const id = await stuck()
    const reader = { ...operator, scopes: ['processes:read'] }
    expect((await send('redriveProcess', order(id), reader)).error?.code).toBe('FORBIDDEN')
    expect((await send('redriveProcess', order(id), stranger)).code).toBe('PROCESS_NOT_FOUND')
    expect((await send('redriveProcess', order(randomUUID()))).code).toBe('PROCESS_NOT_FOUND')
    expect(await given(id)).toEqual([])
  })

  describe('about many', () => {
    const many = `mutation ($key: ID!, $input: RedriveProcessesInput!) {
      redriveProcesses(idempotencyKey: $key, input: $input) {
        ... on Refusal { code message } ... on RedriveProcessesPayload { processIds remaining } } }`
    const redrive = async (input: object, caller = operator, key: string = randomUUID()) =>
      (await subgraph.ask(caller, many, { key, input })).data?.redriveProcesses

    test('is given about those that are stuck, and passes the others by', async () => {
      const ids = [await stuck(), await stuck()]
      const running = await subgraph.saga()
      const theirs = await stuck({ tenant_id: stranger.tenantId })
      const key = randomUUID()
      const input = { processIds: [...ids, running, theirs, randomUUID()], reason: 'the bank is back' }
      expect(await redrive(input, operator, key)).toEqual({ processIds: ids, remaining: 0 })
      expect(await redrive(input, operator, key)).toEqual({ processIds: ids, remaining: 0 })
      expect(await redrive({ processIds: ids })).toEqual({ processIds: [], remaining: 0 })
      for (const id of ids) expect(await given(id)).toMatchObject([{ kind: 'REDRIVE', note: 'the bank is back' }])
      for (const id of [running, theirs]) expect(await given(id)).toEqual([])
      const audit = await subgraph.sql('select entity_id from kernel.audit where entity_id = any($1)', [ids])
      expect(audit).toHaveLength(2)
    })

    test('is given by a filter, oldest first, a hundred at most', async () => {
      for (let nth = 0; nth < 102; nth++) await stuck({ definition: 'closeMonth' })
      const first = await redrive({ filter: { definition: 'closeMonth' } })
      expect([first.processIds.length, first.remaining]).toEqual([100, 2])
      expect(first.processIds).toEqual([...first.processIds].sort())
      const rest = await redrive({ filter: { definition: 'closeMonth', state: 'STUCK' } })
      expect([rest.processIds.length, rest.remaining]).toEqual([2, 0])
      expect(await redrive({ filter: { definition: 'writeOff' } })).toEqual({ processIds: [], remaining: 0 })
    })

    test('is given once by two operators who give it at once', async () => {
      const id = await stuck({ definition: 'issueInvoice' })
      const filter = { definition: 'issueInvoice' }
      const both = await Promise.all([redrive({ filter }), redrive({ filter })])
      expect(both.flatMap(({ processIds }) => processIds)).toEqual([id])
      expect(await given(id)).toHaveLength(1)
    })

    test('says about which', async () => {
      const told = 'give either processIds or filter'
      expect(await redrive({})).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(told) })
      expect((await redrive({ processIds: [randomUUID()], filter: {} })).message).toContain(told)
      expect((await redrive({ processIds: [] })).message).toBe('processIds: give at least one')
    })
  })

  describe('about an event that was put aside', () => {
    test('is put where the engine takes it up, and audited', async () => {
      const deadLetterId = await subgraph.letter()
      const { deadLetter } = await send('skipDeadLetter', { deadLetterId, reason: 'drafted by a broken client' })
      expect(deadLetter).toEqual({
        id: deadLetterId,
        orders: [{ kind: 'SKIP', reason: 'drafted by a broken client' }],
      })
      expect((await send('redriveDeadLetter', { deadLetterId })).error?.reason).toBe('ORDER_PENDING')
      const audit = await subgraph.sql('select after from kernel.audit where entity_id = $1', [deadLetterId])
      expect(audit).toMatchObject([{ after: { order: 'SKIP', reason: 'drafted by a broken client' } }])
    })

    test('is refused where it makes no sense, and to others', async () => {
      const settled = await subgraph.letter({ settled_at: '2026-11-23T08:00:00Z', outcome: 'REDRIVEN' })
      const ofStep = await subgraph.letter({ source: 'STEP', saga_id: await stuck() })
      const open = await subgraph.letter()
      const code = async (deadLetterId: string, caller = operator) =>
        (await send('redriveDeadLetter', { deadLetterId }, caller)).code
      expect(await code(settled)).toBe('DEAD_LETTER_SETTLED')
      expect(await code(ofStep)).toBe('DEAD_LETTER_OF_PROCESS')
      expect(await code(open, stranger)).toBe('DEAD_LETTER_NOT_FOUND')
      const { error } = await send('redriveDeadLetter', { deadLetterId: open }, { ...operator, scopes: [] })
      expect(error?.code).toBe('FORBIDDEN')
      expect((await send('skipDeadLetter', { deadLetterId: open, reason: ' ' })).code).toBe('INVALID_INPUT')
    })
  })
})
