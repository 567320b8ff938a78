import type { Caller } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, line, type Office, office, stranger, worker } from '../testing/office.ts'

describe('numbers of issued documents', { timeout: 120_000 }, () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
    await billing.seller(stranger)
  })
  afterAll(() => billing.stop())

  test('have no gap when 100 are issued at once, among refused ones, failing ones and twins', async () => {
    const { id: customerId } = await billing.customer()
    const asked = await inTurns(140, (nth) => {
      const poisoned = nth >= 120 ? { note: 'fails at the very end' } : {}
      return billing.requested({ customerId, lines: [line({ quantityThousandths: 1_000 + nth })], ...poisoned })
    })
    // Once its number is taken and all is saved, the transaction of these fails at its commit.
    await billing.sql(`
      create function fail_at_commit() returns trigger language plpgsql as $$
        begin raise exception 'the transaction lost a race' using errcode = 'serialization_failure'; end $$;
      create constraint trigger fails after update on invoice deferrable initially deferred
        for each row when (new.note is not null and new.number is not null) execute function fail_at_commit()`)

    const failing = (nth: number) => nth >= 120
    const issueAll = async (mayFail: (nth: number) => boolean) => {
      const answers = await Promise.all(
        asked.flatMap(({ issue }, nth) => {
          const refused = nth >= 100 && nth < 120 ? { contentHash: 'a'.repeat(64) } : {}
          const send = () => untilAnswered({ ...issue, ...refused }, `issue-${nth}`, mayFail(nth))
          return nth % 10 === 0 ? [send(), send()] : [send()]
        }),
      )
      return answers.map(({ result, error }) => result?.number ?? result?.code ?? error?.code)
    }
    const outcomes = await issueAll(failing)
    expect(outcomes.filter((outcome) => outcome === 'UNAVAILABLE')).toHaveLength(22)
    expect(outcomes.filter((outcome) => outcome === 'INVOICE_CHANGED_SINCE_REQUEST')).toHaveLength(22)
    expect(numbersIn(outcomes)).toEqual(upTo(100))
    expect(await sequences('RE', clerk)).toEqual(upTo(100))

    await billing.sql('drop trigger fails on invoice')
    expect(numbersIn(await issueAll(() => false))).toEqual(upTo(120))
    expect(await sequences('RE', clerk)).toEqual(upTo(120))
  })

  test('are counted by tenant, series and year, each for itself', async () => {
    for (const series of ['X', 'Y', 'X']) await billing.issued({ series })
    await billing.issued({ series: 'X' }, stranger)
    expect(await sequences('X', clerk)).toEqual([1, 2])
    expect(await sequences('Y', clerk)).toEqual([1])
    expect(await sequences('X', stranger)).toEqual([1])
    const ranges = await billing.ask(clerk, '{ numberRanges { series year lastSequence } }')
    expect(ranges.data.numberRanges).toMatchObject([
      { series: 'RE', lastSequence: 120 },
      { series: 'X', lastSequence: 2 },
      { series: 'Y', lastSequence: 1 },
    ])
  })

  test('are held by the database: nobody skips one, takes one twice, or takes one and lets it go', async () => {
    const { id } = await billing.requested({ series: 'DB' })
    const range = (sequence: number) =>
      `insert into number_range select tenant_id, series, 2026, ${sequence} from invoice where id = '${id}'`
    await expect(billing.sql(range(2))).rejects.toThrow('go up by one')
    await expect(billing.sql(range(1))).rejects.toThrow('was taken and not used')
    const skip = "update number_range set last_sequence = last_sequence + 2 where series = 'X'"
    await expect(billing.sql(skip)).rejects.toThrow('go up by one')
    await expect(billing.sql("update number_range set last_sequence = 1 where series = 'X'")).rejects.toThrow('by one')
    const made = `update invoice set status = 'ISSUED', number = 'DB-2026-00007', number_year = 2026, number_sequence = 7,
      issued_at = now(), issued_on = now(), due_on = now(), content_hash = '', recipient = '{}', seller = '{}'
      where id = '${id}'`
    await expect(billing.sql(made)).rejects.toThrow('was not taken from its range')
  })

  /** Like a process: what a busy machine did not answer is sent again under its key. */
  async function untilAnswered(input: object, key: string, mayFail: boolean) {
    for (;;) {
      const sent = await billing.send(worker, 'issueInvoice', input, key)
      if (mayFail || sent.error?.code !== 'UNAVAILABLE') return sent
    }
  }

  const sequences = async (series: string, { tenantId = billing.tenantId }: Caller) => {
    const text = `select number_sequence as sequence from invoice
      where tenant_id = $1 and series = $2 and number is not null order by 1`
    return (await billing.sql(text, [tenantId, series])).map(({ sequence }) => sequence)
  }
})

/** Each number once: twins are told the same. */
const numbersIn = (outcomes: readonly string[]) => {
  const given = new Set(outcomes.filter((outcome) => /^RE-\d{4}-\d{5}$/.test(outcome)))
  return [...given].map((number) => Number(number.slice(-5))).sort((one, other) => one - other)
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

/** So many at a time that preparing them does not wait for connections. */
async function inTurns<T>(count: number, make: (nth: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  for (let from = 0; from < count; from += 10)
    made.push(...(await Promise.all(upTo(Math.min(10, count - from)).map((nth) => make(from + nth - 1)))))
  return made
}
