import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Draft, line, type Office, office, stranger } from '../testing/office.ts'

describe('cancelInvoice and creditInvoice', { timeout: 30_000 }, () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
  })
  afterAll(() => billing.stop())

  const cancel = ({ id }: { id: string }, more: object = {}, key?: string) =>
    billing.send(
      clerk,
      'cancelInvoice',
      { invoiceId: id, expectedVersion: 1, reason: 'Falsche Anschrift', ...more },
      key,
    )

  const credit = ({ id, lines }: Draft, quantityThousandths: number, more: object = {}, key?: string) => {
    const lineId = lines[0]?.id
    const input = { invoiceId: id, expectedVersion: 1, reason: 'Minderlieferung' }
    const of = [{ lineId, quantityThousandths }]
    return billing.send(clerk, 'creditInvoice', { ...input, lines: of, ...more }, key)
  }

  const pay = async ({ id }: { id: string }, amountCents: number) => {
    const { customer } = await billing.read(id, 'customer { id }')
    const input = { customerId: customer.id, receivedOn: '2026-11-01', amountCents }
    return (await billing.send(clerk, 'recordPayment', input)).result.payment
  }
  const payment = async (id: string) => {
    const fields = 'allocatedCents unallocatedCents allocations { amountCents }'
    const { data } = await billing.ask(clerk, `query ($id: ID!) { payment(id: $id) { ${fields} } }`, { id })
    return data.payment
  }

  test('a Storno takes all of an invoice back under a number of its own, and leaves it as it is', async () => {
    const invoice = await billing.issued()
    const before = await billing.read(invoice.id, 'version status number grossCents contentHash')
    const { result } = await cancel(invoice, {}, 'cancel')
    expect(result.cancellation).toMatchObject({
      ...{ kind: 'CANCELLATION', status: 'ISSUED', correctionReason: 'Falsche Anschrift', openItem: null },
      ...{ corrects: { id: invoice.id }, netCents: -403_570, vatCents: -76_250, grossCents: -479_820 },
      lines: [{ quantityThousandths: -40_000, netCents: -400_000 }, { netCents: -3_570 }],
      vatBreakdown: [
        { category: 'STANDARD', vatCents: -76_000 },
        { category: 'REDUCED', vatCents: -250 },
      ],
    })
    expect(result.cancellation.number).toMatch(/^ST-\d{4}-00001$/)
    expect(result.invoice.openItem).toMatchObject({ openCents: 0, creditedCents: 479_820, version: 2 })
    expect(await billing.read(invoice.id, 'version status number grossCents contentHash')).toEqual(before)
    expect(await billing.events('billing.CorrectionIssued', result.cancellation.id)).toMatchObject([
      { kind: 'CANCELLATION', invoiceId: invoice.id, grossCents: '-479820' },
    ])
    expect(await billing.events('billing.InvoiceSettled', invoice.id)).toHaveLength(1)
    expect(await cancel(invoice, {}, 'cancel')).toMatchObject({ replayed: true, result })
    const { corrections } = await billing.read(invoice.id, 'corrections { id recipient { name } issuer { iban } }')
    expect(corrections).toEqual([
      {
        id: result.cancellation.id,
        recipient: { name: 'Günther & Söhne GmbH' },
        issuer: { iban: 'DE02120300000000202051' },
      },
    ])
  })

  test('a Storno is refused for drafts, corrections, and what was cancelled or credited before', async () => {
    expect((await cancel(await billing.draft())).result.code).toBe('INVOICE_NOT_ISSUED')
    const cancelled = await billing.issued()
    const { result } = await cancel(cancelled)
    expect((await cancel(cancelled, { expectedVersion: 2 })).result.code).toBe('INVOICE_CANCELLED')
    expect((await credit(cancelled, 1_000, { expectedVersion: 2 })).result.code).toBe('INVOICE_CANCELLED')
    expect((await cancel(result.cancellation)).result.code).toBe('DOCUMENT_NOT_INVOICE')
    const credited = await billing.issued()
    await credit(credited, 1_000)
    expect((await cancel(credited, { expectedVersion: 2 })).result.code).toBe('INVOICE_CREDITED')
    const elsewhere = { invoiceId: credited.id, expectedVersion: 2, reason: 'x' }
    expect((await billing.send(stranger, 'cancelInvoice', elsewhere)).result.code).toBe('INVOICE_NOT_FOUND')
    expect((await cancel(await billing.issued(), { reason: '' })).result.code).toBe('INVALID_INPUT')
  })

  test('one of two at once takes it back', async () => {
    const invoice = await billing.issued({ series: 'TWO' })
    const both = await Promise.all([cancel(invoice, { series: 'TWO' }), cancel(invoice, { series: 'TWO' })])
    const outcomes = both.map(({ result, error }) => result?.code ?? error?.reason ?? 'CANCELLED')
    expect(outcomes.filter((outcome) => outcome === 'CANCELLED')).toHaveLength(1)
    expect((await billing.read(invoice.id, 'corrections { number }')).corrections).toHaveLength(1)
    const [range] = await billing.sql("select last_sequence from number_range where series = 'TWO'")
    expect(range?.last_sequence).toBe(2)
  })

  test('neither takes back what somebody has paid or credited meanwhile', async () => {
    const invoice = await billing.issued()
    await pay(invoice, 1)
    for (const { error } of [await cancel(invoice), await credit(invoice, 1_000)])
      expect(error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
  })

  test('a Storno makes what was paid the credit of the customer', async () => {
    const invoice = await billing.issued()
    const [first, second] = [await pay(invoice, 400_000), await pay(invoice, 79_820)]
    const { result } = await cancel(invoice, { expectedVersion: 3 })
    expect(result.invoice.openItem).toMatchObject({ openCents: 0, paidCents: 0 })
    expect(await payment(first.id)).toEqual({
      ...{ allocatedCents: 0, unallocatedCents: 400_000 },
      allocations: [{ amountCents: 400_000 }, { amountCents: -400_000 }],
    })
    expect(await payment(second.id)).toMatchObject({ allocatedCents: 0, unallocatedCents: 79_820 })
  })

  test('a credit note takes part of a line back, or part of its price, and no more than there is', async () => {
    const invoice = await billing.issued()
    const [consulting, manual] = invoice.lines
    const first = await credit(invoice, 10_000)
    expect(first.result.creditNote).toMatchObject({
      ...{ kind: 'CREDIT_NOTE', netCents: -100_000, vatCents: -19_000, grossCents: -119_000 },
      lines: [{ position: 1, quantityThousandths: -10_000, unitPriceMicros: 100_000_000 }],
    })
    expect(first.result.creditNote.number).toMatch(/^RK-\d{4}-\d{5}$/)
    expect(first.result.invoice.openItem).toMatchObject({ openCents: 360_820, creditedCents: 119_000 })

    const cheaper = [{ lineId: consulting?.id, quantityThousandths: 30_000, unitPriceMicros: 10_000_000 }]
    const second = await credit(invoice, 0, { expectedVersion: 2, lines: cheaper })
    expect(second.result.creditNote).toMatchObject({ netCents: -30_000 })

    const tooMuch = await credit(invoice, 30_000, { expectedVersion: 3 })
    expect(tooMuch.result.code).toBe('CREDIT_EXCEEDS_INVOICE')
    const rest = [
      { lineId: consulting?.id, quantityThousandths: 30_000, unitPriceMicros: 90_000_000 },
      { lineId: manual?.id, quantityThousandths: 3_000 },
    ]
    const third = await credit(invoice, 0, { expectedVersion: 3, lines: rest })
    expect(third.result.invoice.openItem).toMatchObject({ openCents: 0, creditedCents: 479_820 })
  })

  test('a credit note is refused for a line that is not there, named twice, or worth nothing', async () => {
    const invoice = await billing.issued({ lines: [line(), line({ unitPriceMicros: 0 })] })
    const [one, free] = invoice.lines.map(({ id }) => ({ lineId: id, quantityThousandths: 500 }))
    const wrong = [[one, one], [free], [{ ...one, lineId: invoice.id }], [{ ...one, quantityThousandths: 0 }], []]
    for (const lines of wrong) {
      const { result } = await credit(invoice, 0, { lines })
      expect(result.code).toBe('INVALID_INPUT')
    }
    expect((await credit(await billing.draft(), 1_000)).result.code).toBe('INVOICE_NOT_ISSUED')
  })

  test('a credit note credits a discounted rate no further than it was invoiced', async () => {
    const discount = line({ description: 'Rabatt', quantityThousandths: -1_000, unitPriceMicros: 20_000_000 })
    const invoice = await billing.issued({ lines: [line(), discount] })
    expect((await credit(invoice, 1_000)).result.code).toBe('CREDIT_EXCEEDS_INVOICE')
    const lines = invoice.lines.map(({ id }) => ({ lineId: id, quantityThousandths: 1_000 }))
    const { result } = await credit(invoice, 0, { lines })
    expect(result.creditNote).toMatchObject({ netCents: -8_000, grossCents: -9_520 })
  })

  test('a credit note gives back what was paid beyond the rest, the last payment first; once', async () => {
    const invoice = await billing.issued()
    const [first, second] = [await pay(invoice, 300_000), await pay(invoice, 179_820)]
    const input = { expectedVersion: 3 }
    const noted = await credit(invoice, 20_000, input, 'credit')
    expect(noted.result.invoice.openItem).toMatchObject({ openCents: 0, paidCents: 241_820, creditedCents: 238_000 })
    expect(await payment(second.id)).toMatchObject({ allocatedCents: 0, unallocatedCents: 179_820 })
    expect(await payment(first.id)).toMatchObject({ allocatedCents: 241_820, unallocatedCents: 58_180 })
    expect(await credit(invoice, 20_000, input, 'credit')).toMatchObject({ replayed: true })
    expect((await billing.read(invoice.id, 'corrections { number }')).corrections).toHaveLength(1)
  })
})
