import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../database/index.ts'
import { conflict, fault, refuse } from '../errors/index.ts'
import { clientOn, erasing, type Ledger, ledger, request, runnerOptions, writing } from '../testing/ledger.ts'
import { commandRunner } from './runner.ts'

describe('a command', () => {
  let book: Ledger
  beforeAll(async () => {
    book = await ledger({ max: 2, lockMs: 300 })
  })
  afterAll(() => book.close())

  const entries = async (text: string) => (await book.sql('select 1 from entry where text = $1', [text])).length
  const keys = async (key: string) =>
    (await book.sql('select answer from kernel.idempotency where key = $1', [key])).length

  test('commits its change, its audit record, its event and its answer together', async () => {
    const event = { type: 'test.Written', aggregateId: 'a', payload: {} }
    const { answer, replayed } = await book.run(
      writing(async () => [event]),
      request('together', 'k1'),
    )
    expect({ answer, replayed }).toEqual({ answer: { payload: { text: 'together' } }, replayed: false })
    expect(await entries('together')).toBe(1)
    const outbox = await book.sql(
      "select type, audit_id is not null as audit from kernel.outbox where context->>'command' = 'write'",
    )
    expect(outbox).toEqual([
      { type: 'kernel.AuditRecorded', audit: true },
      { type: 'test.Written', audit: false },
    ])
  })

  test('undoes what it had saved when it refuses, and refuses a replay alike', async () => {
    const refusing = writing(async () => {
      throw refuse('INVALID_INPUT', 'no')
    })
    const first = await book.run(refusing, request('refused', 'k2'))
    const replay = await book.run(writing(), request('refused', 'k2'))
    expect(first).toMatchObject({ answer: { refusal: { code: 'INVALID_INPUT' } }, replayed: false })
    expect(replay).toEqual({ ...first, replayed: true })
    expect(await entries('refused')).toBe(0)
    expect(await book.sql("select 1 from kernel.audit where after->>'text' = 'refused'")).toEqual([])
  })

  test.each([
    ['fault', fault('DATABASE_UNAVAILABLE', 'down')],
    ['conflict', conflict('STALE_VERSION', 'changed')],
    ['bug', new TypeError('undefined is not a function')],
  ])('leaves no trace after a %s, so that its key may come again', async (kind, error) => {
    const failing = writing(async () => {
      throw error
    })
    await expect(book.run(failing, request(kind, kind))).rejects.toBe(error)
    expect([await entries(kind), await keys(kind)]).toEqual([0, 0])
    const again = await book.run(writing(), request(kind, kind))
    expect(again).toEqual({ answer: { payload: { text: kind } }, replayed: false })
  })

  test('is done once for fifty twins, who leave connections to strangers while they wait', async () => {
    const held = gate()
    const slow = writing(() => held.opened.then(() => []))
    const twins = Array.from({ length: 50 }, () => book.run(slow, request('fifty', 'k3')))
    // Two connections in all: the stranger could not be served if more than one were taken.
    const stranger = await book.run(writing(), request('stranger', 'k4'))
    expect(stranger.replayed).toBe(false)
    held.open()
    const answers = await Promise.all(twins)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(new Set(answers.map(({ answer }) => JSON.stringify(answer)))).toHaveLength(1)
    expect(await entries('fifty')).toBe(1)
  })

  test('waits in the database for a twin in another process, and says so when that takes too long', async () => {
    const other = processBeside(book)
    const held = gate()
    const arrived = gate()
    const slow = writing(async () => {
      arrived.open()
      await held.opened
      return []
    })
    const first = book.run(slow, request('elsewhere', 'k5'))
    await arrived.opened
    await expect(other.run(writing(), request('elsewhere', 'k5'))).rejects.toMatchObject({
      kind: 'fault',
      code: 'IN_PROGRESS',
    })
    held.open()
    await first
    expect(await other.run(writing(), request('elsewhere', 'k5'))).toEqual({
      answer: { payload: { text: 'elsewhere' } },
      replayed: true,
    })
    await other.close()
  })

  test('refuses the same key with another input, and keeps keys of two accounts apart', async () => {
    await book.run(writing(), request('one', 'k6'))
    await expect(book.run(writing(), request('two', 'k6'))).rejects.toMatchObject({ code: 'KEY_REUSED' })
    const other = await book.run(writing(), request('three', 'k6', { account: 'another' }))
    expect(other.replayed).toBe(false)
  })

  test('is run again for a saga that lost a race, and not for a user', async () => {
    let races = 2
    const racing = writing(async () => {
      if (races-- > 0) throw conflict('STALE_VERSION', 'changed')
      return []
    })
    const saga = await book.run(racing, request('raced', 'k7', { service: 'saga-worker' }))
    expect(saga.answer).toEqual({ payload: { text: 'raced' } })
    races = 1
    await expect(book.run(racing, request('raced by a user', 'k8'))).rejects.toMatchObject({ code: 'STALE_VERSION' })
  })

  test('that meets a unique index at once with another is a conflict', async () => {
    await book.run(writing(), request('unique', 'k9'))
    await expect(book.run(writing(), request('unique', 'k10'))).rejects.toMatchObject({ code: 'CONCURRENT_CHANGE' })
  })

  test.each(['', 'a\nb', 'a'.repeat(201), '\ud800'])('refuses the key %j before anything is read', async (key) => {
    const { answer } = await book.run(writing(), request('key', key))
    expect(answer).toMatchObject({ refusal: { code: 'INVALID_INPUT' } })
  })

  test('takes a key in any script', async () => {
    const { answer } = await book.run(writing(), request('script', 'Abteilung Prüfstand 検査'))
    expect(answer).toEqual({ payload: { text: 'script' } })
  })

  test('refuses a text with a null or half a character, not one that merely spells it', async () => {
    const nul = await book.run(writing(), request('a\u0000b', 'k11'))
    const half = await book.run(writing(), request('a\ud800b', 'k11'))
    for (const { answer } of [nul, half])
      expect(answer).toMatchObject({ refusal: { code: 'INVALID_INPUT', message: expect.stringMatching(/^text: /) } })
    const spelt = await book.run(writing(), request('a\\u0000b', 'k12'))
    expect(spelt.answer).toEqual({ payload: { text: 'a\\u0000b' } })
  })
})

describe('a compensation', () => {
  let book: Ledger
  beforeAll(async () => {
    book = await ledger()
  })
  afterAll(() => book.close())

  test('undoes what was done', async () => {
    await book.run(writing(), request('done', 'forward-1'))
    const { answer } = await book.run(erasing, request('done', 'back-1', { forwardKey: 'forward-1' }))
    expect(answer).toEqual({ payload: { text: 'done' } })
    expect(await book.sql('select text from entry')).toEqual([{ text: 'erased done' }])
  })

  test('that comes first keeps the late command from ever being done', async () => {
    const { answer } = await book.run(erasing, request('late', 'back-2', { forwardKey: 'forward-2' }))
    expect(answer).toEqual({ payload: { text: 'nothing to undo' } })
    const late = await book.run(writing(), request('late', 'forward-2'))
    expect(late.answer).toMatchObject({ refusal: { code: 'COMPENSATED' } })
    expect(await book.sql("select 1 from entry where text = 'late'")).toEqual([])
  })

  test('finds nothing to undo where the command was refused', async () => {
    const refusing = writing(async () => {
      throw refuse('INVALID_INPUT', 'no')
    })
    await book.run(refusing, request('refused', 'forward-3'))
    const { answer } = await book.run(erasing, request('refused', 'back-3', { forwardKey: 'forward-3' }))
    expect(answer).toEqual({ payload: { text: 'nothing to undo' } })
  })

  test('waits for a command that is still under way, and undoes it', async () => {
    const held = gate()
    const arrived = gate()
    const slow = writing(async () => {
      arrived.open()
      await held.opened
      return []
    })
    const forward = book.run(slow, request('slow', 'forward-4'))
    await arrived.opened
    const back = book.run(erasing, request('slow', 'back-4', { forwardKey: 'forward-4' }))
    held.open()
    await forward
    expect((await back).answer).toEqual({ payload: { text: 'slow' } })
  })
})

describe('row-level security', () => {
  let book: Ledger
  beforeAll(async () => {
    book = await ledger()
    await book.run(writing(), request('ours', 'k'))
  })
  afterAll(() => book.close())

  const count = (tenantId: string) =>
    book.database.write(tenantId, ({ client }) => client.run('update entry set text = text'))

  test('shows a tenant its own rows, and another none', async () => {
    expect(await count('11111111-1111-4111-8111-111111111111')).toBe(1)
    expect(await count('22222222-2222-4222-8222-222222222222')).toBe(0)
  })

  test('shows nothing, and takes nothing, while no tenant is set', async () => {
    const unset = book.database.lend(({ client }) => client.run('update entry set text = text'))
    expect(await unset).toBe(0)
    await expect(
      book.database.lend(({ client }) => client.run("insert into entry (text) values ('x')")),
    ).rejects.toThrow()
  })

  test('keeps audit records as they were written, from the service and from whoever owns them', async () => {
    await expect(book.sql("update kernel.audit set entity = 'X'")).rejects.toThrow('append-only')
    await expect(book.sql('delete from kernel.audit')).rejects.toThrow('append-only')
    const { tenantId } = request('', '').identity
    const service = book.database.write(tenantId, ({ client }) => client.run("update kernel.audit set entity = 'X'"))
    await expect(service).rejects.toThrow()
  })
})

/** Something a test holds until it opens it. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** A second process on the same database, as far as the kernel can tell: another pool, another runner. */
function processBeside({ test: { serviceUrl } }: Ledger) {
  const database = openDatabase({ connectionString: serviceUrl, max: 2, lockMs: 300 }, clientOn)
  return { run: commandRunner(runnerOptions(database)), close: () => database.close() }
}
