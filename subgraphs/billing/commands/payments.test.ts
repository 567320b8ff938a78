import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, line, type Office, office, stranger } from '../testing/office.ts'

const euros = (amount: number) => ({ lines: [line({ vatCategory: 'REVERSE_CHARGE', unitPriceMicros: amount * 1e6 })] })

describe('payments', { timeout: 30_000 }, () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
  })
  afterAll(() => billing.stop())

  const record = (customerId: string, amountCents: number, more: object = {}, key?: string) =>
    billing.send(clerk, 'recordPayment', { customerId, receivedOn: '2026-11-02', amountCents, ...more }, key)

  const withInvoices = async (...amounts: number[]) => {
    const { id: customerId } = await billing.customer()
    const invoices: string[] = []
    for (const [nth, amount] of amounts.entries())
      invoices.push((await billing.issued({ customerId, paymentTermDays: nth, ...euros(amount) })).id)
    return { customerId, invoices }
  }
  const open = async (invoiceId = '') => (await billing.read(invoiceId)).openItem.openCents

  describe('recordPayment', () => {
    test('settles the open items of a customer, the oldest first, and keeps the rest as credit', async () => {
      const { customerId, invoices } = await withInvoices(100, 50, 30)
      const part = await record(customerId, 12_000, { reference: 'Rechnung vom Müller' })
      expect(part.result.payment).toMatchObject({ allocatedCents: 12_000, unallocatedCents: 0 })
      expect(await Promise.all(invoices.map(open))).toEqual([0, 3_000, 3_000])
      const over = await record(customerId, 10_000)
      expect(over.result.payment).toMatchObject({ allocatedCents: 6_000, unallocatedCents: 4_000 })
      expect(await Promise.all(invoices.map(open))).toEqual([0, 0, 0])

      expect(await billing.events('billing.InvoiceSettled', invoices[1] ?? '')).toHaveLength(1)
      expect(await billing.events('billing.PaymentRecorded', part.result.payment.id)).toMatchObject([
        { customerId, amountCents: '12000' },
      ])
      expect(JSON.stringify(await billing.audit(part.result.payment.id))).not.toContain('Müller')
    })

    test('settles what is named, and nothing when nothing is to be', async () => {
      const { customerId, invoices } = await withInvoices(100, 50)
      const allocations = [{ invoiceId: invoices[1], amountCents: 2_000 }]
      expect((await record(customerId, 9_000, { allocations })).result.payment.unallocatedCents).toBe(7_000)
      expect(await Promise.all(invoices.map(open))).toEqual([10_000, 3_000])
      expect((await record(customerId, 9_000, { allocations: [] })).result.payment.allocatedCents).toBe(0)
    })

    test('refuses to settle more than is open, more than came in, or what is none of the customer', async () => {
      const { customerId, invoices } = await withInvoices(100)
      const { invoices: others } = await withInvoices(100)
      const [invoiceId] = invoices
      const refusals = [
        [1, [{ invoiceId, amountCents: 2 }], 'ALLOCATION_EXCEEDS_PAYMENT'],
        [20_000, [{ invoiceId, amountCents: 10_001 }], 'ALLOCATION_EXCEEDS_OPEN'],
        [1, [{ invoiceId: others[0], amountCents: 1 }], 'OPEN_ITEM_NOT_FOUND'],
        [2, [1, 1].map((amountCents) => ({ invoiceId, amountCents })), 'INVALID_INPUT'],
        [1, [{ invoiceId, amountCents: 0 }], 'INVALID_INPUT'],
        [0, undefined, 'INVALID_INPUT'],
      ] as const
      for (const [amountCents, allocations, code] of refusals)
        expect((await record(customerId, amountCents, { allocations })).result.code).toBe(code)
      expect((await record(customerId, 1, { receivedOn: '2999-01-01' })).result.code).toBe('INVALID_INPUT')
      expect(await open(invoiceId)).toBe(10_000)
    })

    test("records the bank's transaction once, and a key once", async () => {
      const { customerId } = await withInvoices(100)
      const bank = { bankReference: `bank-${customerId}` }
      const first = await record(customerId, 500, bank, 'pay')
      expect(await record(customerId, 500, bank, 'pay')).toEqual({ ...first, replayed: true })
      expect((await record(customerId, 500, bank)).result.code).toBe('PAYMENT_ALREADY_RECORDED')
      const elsewhere = await billing.send(stranger, 'recordPayment', {
        customerId,
        receivedOn: '2026-11-02',
        amountCents: 1,
      })
      expect(elsewhere.result.code).toBe('CUSTOMER_NOT_FOUND')
    })

    test('never takes more than is open, however many pay at once', async () => {
      const { customerId, invoices } = await withInvoices(100)
      const allocations = [{ invoiceId: invoices[0], amountCents: 6_000 }]
      const both = await Promise.all([1, 2].map(() => record(customerId, 6_000, { allocations })))
      const outcomes = both.map(({ result, error }) => result?.code ?? error?.reason ?? 'PAID').sort()
      expect(outcomes[0] === 'PAID' ? outcomes[1] : outcomes[0]).toMatch(/ALLOCATION_EXCEEDS_OPEN|STALE_VERSION/)
      expect(await open(invoices[0])).toBe(4_000)
    })

    test('is held by the database, should the decision ever fail to', async () => {
      const { customerId, invoices } = await withInvoices(100)
      await record(customerId, 6_000)
      const beyond = billing.sql('update open_item set paid_cents = 10001 where id = $1', [invoices[0]])
      await expect(beyond).rejects.toThrow('violates check constraint')
      const rewritten = billing.sql('update payment_allocation set amount_cents = 1 where invoice_id = $1', [
        invoices[0],
      ])
      await expect(rewritten).rejects.toThrow('append-only')
    })
  })

  describe('allocatePayment', () => {
    const allocate = (paymentId: string, expectedVersion: number, more: object = {}, key?: string) =>
      billing.send(clerk, 'allocatePayment', { paymentId, expectedVersion, ...more }, key)

    test('settles from credit what is issued later; once', async () => {
      const { customerId } = await withInvoices()
      const { id } = (await record(customerId, 8_000)).result.payment
      const nothing = await allocate(id, 1)
      expect(nothing.result.payment).toMatchObject({ version: 1, unallocatedCents: 8_000 })
      const { id: invoiceId } = await billing.issued({ customerId, ...euros(50) })
      const first = await allocate(id, 1, {}, 'allocate')
      expect(first.result.payment).toMatchObject({ version: 2, unallocatedCents: 3_000 })
      expect(await allocate(id, 1, {}, 'allocate')).toEqual({ ...first, replayed: true })
      expect(await open(invoiceId)).toBe(0)
    })

    test('refuses what is not there, and a stale version', async () => {
      const { customerId, invoices } = await withInvoices(100)
      const { id } = (await record(customerId, 8_000, { allocations: [] })).result.payment
      const allocations = [{ invoiceId: invoices[0], amountCents: 8_001 }]
      expect((await allocate(id, 1, { allocations })).result.code).toBe('ALLOCATION_EXCEEDS_PAYMENT')
      expect((await allocate(customerId, 1)).result.code).toBe('PAYMENT_NOT_FOUND')
      expect((await allocate(id, 2)).error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
      const elsewhere = await billing.send(stranger, 'allocatePayment', { paymentId: id, expectedVersion: 1 })
      expect(elsewhere.result.code).toBe('PAYMENT_NOT_FOUND')
    })
  })

  describe('refundPayment', () => {
    const refund = (paymentId: string, expectedVersion: number, amountCents: number, more: object = {}, key?: string) =>
      billing.send(
        clerk,
        'refundPayment',
        { paymentId, expectedVersion, amountCents, refundedOn: '2026-11-05', ...more },
        key,
      )

    test('pays back what is left, and no more; once', async () => {
      const { customerId } = await withInvoices(100)
      const { id } = (await record(customerId, 11_000)).result.payment
      expect((await refund(id, 1, 1_001)).result.code).toBe('REFUND_EXCEEDS_CREDIT')
      const first = await refund(id, 1, 600, {}, 'refund')
      expect(first.result.payment).toMatchObject({
        ...{ version: 2, refundedCents: 600, unallocatedCents: 400 },
        refunds: [{ amountCents: 600, refundedOn: '2026-11-05' }],
      })
      expect(await refund(id, 1, 600, {}, 'refund')).toEqual({ ...first, replayed: true })
      expect((await refund(id, 1, 400)).error).toMatchObject({ reason: 'STALE_VERSION' })
      expect((await refund(id, 2, 400)).result.payment.unallocatedCents).toBe(0)
    })

    test('refuses nothing, a day before the payment, and what is not there', async () => {
      const { customerId } = await withInvoices()
      const { id } = (await record(customerId, 1_000)).result.payment
      expect((await refund(id, 1, 0)).result.code).toBe('INVALID_INPUT')
      expect((await refund(id, 1, 1, { refundedOn: '2026-11-01' })).result.code).toBe('INVALID_INPUT')
      expect((await refund(customerId, 1, 1)).result.code).toBe('PAYMENT_NOT_FOUND')
    })
  })

  describe('reversePayment', () => {
    const reverse = (paymentId: string, expectedVersion: number, key?: string) =>
      billing.send(clerk, 'reversePayment', { paymentId, expectedVersion, reason: 'Rücklastschrift' }, key)

    test('makes open again what the payment had settled, and only that; once', async () => {
      const { customerId, invoices } = await withInvoices(100, 50)
      await record(customerId, 4_000)
      const { id } = (await record(customerId, 20_000)).result.payment
      expect(await Promise.all(invoices.map(open))).toEqual([0, 0])
      const first = await reverse(id, 1, 'reverse')
      expect(first.result.payment).toMatchObject({
        ...{ version: 2, allocatedCents: 0, unallocatedCents: 0, reversedBecause: 'Rücklastschrift' },
        allocations: [{ amountCents: 6_000 }, { amountCents: 5_000 }, { amountCents: -6_000 }, { amountCents: -5_000 }],
      })
      expect(await reverse(id, 1, 'reverse')).toEqual({ ...first, replayed: true })
      expect(await Promise.all(invoices.map(open))).toEqual([6_000, 5_000])
      expect(await billing.events('billing.PaymentReversed', id)).toHaveLength(1)
    })

    test('is the end of a payment', async () => {
      const { customerId } = await withInvoices(100)
      const { id: paymentId } = (await record(customerId, 20_000)).result.payment
      expect((await reverse(paymentId, 2)).error).toMatchObject({ reason: 'STALE_VERSION' })
      await reverse(paymentId, 1)
      const input = { paymentId, expectedVersion: 2 }
      for (const [mutation, more] of [
        ['reversePayment', { reason: 'again' }],
        ['allocatePayment', {}],
        ['refundPayment', { amountCents: 1, refundedOn: '2026-11-05' }],
      ] as const)
        expect((await billing.send(clerk, mutation, { ...input, ...more })).result.code).toBe('PAYMENT_REVERSED')
    })

    test('is refused once money went back', async () => {
      const { customerId } = await withInvoices()
      const { id: paymentId } = (await record(customerId, 1_000)).result.payment
      const input = { paymentId, expectedVersion: 1, amountCents: 1, refundedOn: '2026-11-05' }
      await billing.send(clerk, 'refundPayment', input)
      expect((await reverse(paymentId, 2)).result.code).toBe('PAYMENT_REFUNDED')
      const elsewhere = await billing.send(stranger, 'reversePayment', { paymentId, expectedVersion: 2, reason: 'x' })
      expect(elsewhere.result.code).toBe('PAYMENT_NOT_FOUND')
    })
  })
})
