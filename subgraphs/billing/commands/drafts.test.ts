import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, line, type Office, office, stranger, terms } from '../testing/office.ts'

describe('a draft', () => {
  let billing: Office
  let customerId: string
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
    customerId = (await billing.customer()).id
  })
  afterAll(() => billing.stop())

  const draft = (input: object = {}, key?: string) =>
    billing.send(clerk, 'draftInvoice', { customerId, ...terms(), ...input }, key)

  test('is counted by line and by rate', async () => {
    const { result } = await draft()
    expect(result.invoice).toMatchObject({
      ...{ kind: 'INVOICE', status: 'DRAFT', version: 1, number: null, openItem: null },
      lines: [
        { position: 1, description: 'Beratung', quantityThousandths: 40_000, netCents: 400_000 },
        { position: 2, description: 'Handbuch', vatCategory: 'REDUCED', netCents: 3_570 },
      ],
      vatBreakdown: [
        { category: 'STANDARD', ratePercent: 19, netCents: 400_000, vatCents: 76_000 },
        { category: 'REDUCED', ratePercent: 7, netCents: 3_570, vatCents: 250 },
      ],
      ...{ netCents: 403_570, vatCents: 76_250, grossCents: 479_820 },
    })
    expect(await billing.audit(result.invoice.id)).toMatchObject([{ operation: 'CREATE', entity: 'Invoice' }])
    expect(await billing.audit(result.invoice.lines[0].id)).toMatchObject([{ entity: 'InvoiceLine' }])
  })

  test('takes a discount as a line below zero, and amounts beyond 32 bits', async () => {
    const discount = line({ quantityThousandths: -1_000, unitPriceMicros: 50_000_000 })
    const much = line({ quantityThousandths: 2_000_000_000, unitPriceMicros: '999999999999' })
    const { result } = await draft({ lines: [much, discount] })
    expect(result.invoice.netCents).toBe(199_999_999_999_800 - 5_000)
    const price = await billing.read(result.invoice.id, 'lines { unitPriceMicros }')
    expect(price.lines[0].unitPriceMicros).toBe(999_999_999_999)
  })

  test.each([
    ['servedTo', { servedTo: '2026-10-31' }],
    ['servedFrom', { servedFrom: '2020-12-31' }],
    ['series', { series: 're' }],
    ['lines', { lines: [] }],
    ['lines', { lines: [line({ quantityThousandths: -1_000 })] }],
    ['lines', { lines: [1, 2].map(() => line({ quantityThousandths: 2e9, unitPriceMicros: 1e15 })) }],
    ['zeroRateReason', { lines: [line({ vatCategory: 'ZERO' })] }],
    ['lines.0.quantityThousandths', { lines: [line({ quantityThousandths: 0 })] }],
    ['lines.0.unitPriceMicros', { lines: [line({ unitPriceMicros: -1 })] }],
    ['lines.1.description', { lines: [line(), line({ description: '' })] }],
    ['lines.0.unitCode', { lines: [line({ unitCode: 'Stück' })] }],
  ])('refuses an impossible %s', async (where, wrong) => {
    const { result } = await draft(wrong)
    expect(result).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(`${where}:`) })
  })

  test('refuses a customer of another tenant', async () => {
    const { result } = await billing.send(stranger, 'draftInvoice', { customerId, ...terms() })
    expect(result.code).toBe('CUSTOMER_NOT_FOUND')
  })

  test('is made once, however often its key comes', async () => {
    const first = await draft({}, 'draft')
    expect(await draft({}, 'draft')).toEqual({ ...first, replayed: true })
    expect((await draft({ note: 'other' }, 'draft')).error).toMatchObject({ reason: 'KEY_REUSED' })
  })

  test('can be changed, and is counted and hashed anew', async () => {
    const { result } = await draft()
    const { id: invoiceId, contentHash } = result.invoice
    const input = { invoiceId, expectedVersion: 1, ...terms(), lines: [line({ unitPriceMicros: 119_000_000 })] }
    const changed = await billing.send({ ...clerk, person: 'editor' }, 'changeInvoice', input, 'change')
    expect(changed.result.invoice).toMatchObject({ version: 2, netCents: 11_900, grossCents: 14_161 })
    expect(changed.result.invoice.lines).toHaveLength(1)
    expect(changed.result.invoice.contentHash).not.toBe(contentHash)
    const [row] = await billing.sql('select last_edited_by from invoice where id = $1', [invoiceId])
    expect(row?.last_edited_by).toBe('editor')
    expect(await billing.events('billing.InvoiceChanged', invoiceId)).toHaveLength(0)

    const again = await billing.send({ ...clerk, person: 'editor' }, 'changeInvoice', input, 'change')
    expect(again).toEqual({ ...changed, replayed: true })
    const stale = await billing.send(clerk, 'changeInvoice', input)
    expect(stale.error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
    const elsewhere = await billing.send(stranger, 'changeInvoice', input)
    expect(elsewhere.result.code).toBe('INVOICE_NOT_FOUND')
  })

  test('has another hash when its customer, its seller or anything it says is another', async () => {
    const { id, contentHash } = (await draft()).result.invoice
    const hash = async () => (await billing.read(id, 'contentHash')).contentHash
    expect(await hash()).toBe(contentHash)
    await billing.sql('update seller set version = version + 1')
    const bySeller = await hash()
    await billing.sql('update customer set version = version + 1 where id = $1', [customerId])
    const byCustomer = await hash()
    await billing.sql("update invoice set note = 'Danke' where id = $1", [id])
    const byNote = await hash()
    await billing.sql('update invoice_line set unit_price_micros = 1 where invoice_id = $1', [id])
    expect(new Set([contentHash, bySeller, byCustomer, byNote, await hash()]).size).toBe(5)
  })

  test('can be discarded, and then changes no more', async () => {
    const { id: invoiceId } = (await draft()).result.invoice
    const stale = await billing.send(clerk, 'discardInvoice', { invoiceId, expectedVersion: 2 })
    expect(stale.error).toMatchObject({ reason: 'STALE_VERSION' })
    const input = { invoiceId, expectedVersion: 1 }
    const first = await billing.send(clerk, 'discardInvoice', input, 'discard')
    expect(first.result.invoice).toMatchObject({ status: 'DISCARDED', version: 2 })
    expect(await billing.send(clerk, 'discardInvoice', input, 'discard')).toEqual({ ...first, replayed: true })

    for (const [mutation, more] of [
      ['discardInvoice', {}],
      ['requestIssue', {}],
      ['changeInvoice', terms()],
    ] as const) {
      const { result } = await billing.send(clerk, mutation, { ...input, expectedVersion: 2, ...more })
      expect(result.code).toBe('INVOICE_NOT_DRAFT')
    }
    const elsewhere = await billing.send(stranger, 'discardInvoice', input)
    expect(elsewhere.result.code).toBe('INVOICE_NOT_FOUND')
  })
})
