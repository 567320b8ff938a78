import { createPool, withConnection } from '@steinmetz/kernel/database'
import type { Sent } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clerk, line, type Office, office } from '../testing/office.ts'

// Whoever settles, corrects or reverses holds open items and payments until it is done. Two that each held what the
// other needs would wait until the database ends one of them, after a second, and blames itself for it.

describe('what settles the same invoices at the same moment', () => {
  let billing: Office
  let pool: pg.Pool
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
    pool = createPool({ connectionString: billing.database.superuserUrl })
  })
  afterAll(async () => {
    await pool.end()
    await billing.stop()
  })

  async function withInvoices(...terms: number[]) {
    const { id: customerId } = await billing.customer()
    const invoices: string[] = []
    for (const paymentTermDays of terms)
      invoices.push((await billing.issued({ customerId, paymentTermDays, lines: [line()] })).id)
    return { customerId, invoices }
  }
  const pay = (customerId: string, allocations?: object[]) =>
    billing.send(clerk, 'recordPayment', { customerId, receivedOn: '2026-11-02', amountCents: 20_000, allocations })

  /** Has requests come one by one while others hold what each of them needs first, and then all go on. */
  async function held(by: string, ...requests: (() => Promise<Sent>)[]): Promise<string[]> {
    return withConnection(pool, async (others) => {
      await others.query('begin')
      await others.query(by)
      const sent: Promise<Sent>[] = []
      for (const request of requests) {
        sent.push(request())
        const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        await vi.waitFor(async () => expect((await pool.query(waiting)).rowCount).toBe(sent.length))
      }
      await others.query('commit')
      return (await Promise.all(sent)).map(({ result, error }) => error?.reason ?? error?.code ?? result.code ?? 'done')
    })
  }

  test('goes through them in one order, whatever the order in which they are named', async () => {
    const { customerId, invoices } = await withInvoices(0, 7)
    const named = invoices.map((invoiceId) => ({ invoiceId, amountCents: 1_000 }))
    // Each has settled its first invoice and is to enter that.
    const outcomes = await held(
      'lock table payment_allocation in share mode',
      () => pay(customerId, named),
      () => pay(customerId, named.toReversed()),
    )
    expect(outcomes).toEqual(['done', 'STALE_VERSION'])
  })

  test('takes the open item first where it changes a payment besides', async () => {
    const { customerId, invoices } = await withInvoices(0)
    const [invoiceId = ''] = invoices
    const { id: paymentId } = (await pay(customerId)).result.payment
    const { version } = (await billing.read(invoiceId)).openItem
    const outcomes = await held(
      `select from open_item where id = '${invoiceId}' for update`,
      () => billing.send(clerk, 'cancelInvoice', { invoiceId, expectedVersion: version, reason: 'x', series: 'ST' }),
      () => billing.send(clerk, 'reversePayment', { paymentId, expectedVersion: 1, reason: 'Rücklastschrift' }),
    )
    expect(outcomes).toEqual(['done', 'STALE_VERSION'])
  })

  test('takes it first also where a payment settles more', async () => {
    const { customerId, invoices } = await withInvoices(0)
    const [invoiceId = ''] = invoices
    const part = [{ invoiceId, amountCents: 1_000 }]
    const { id: paymentId } = (await pay(customerId, part)).result.payment
    const { version } = (await billing.read(invoiceId)).openItem
    const outcomes = await held(
      `select from open_item where id = '${invoiceId}' for update`,
      () => billing.send(clerk, 'cancelInvoice', { invoiceId, expectedVersion: version, reason: 'x', series: 'ST' }),
      () => billing.send(clerk, 'allocatePayment', { paymentId, expectedVersion: 1 }),
    )
    expect(outcomes).toEqual(['done', 'STALE_VERSION'])
  })

  test('goes through payments in one order where two invoices are cancelled that the same two have paid', async () => {
    const { customerId, invoices } = await withInvoices(0, 7)
    const [first = '', second = ''] = invoices
    const half = (invoiceId: string) => ({ invoiceId, amountCents: 1_000 })
    const payments = [(await pay(customerId, [half(first)])).result.payment.id]
    payments.push((await pay(customerId, [half(second)])).result.payment.id)
    // The first invoice was paid by one and then the other, the second the other way round.
    for (const [nth, invoiceId] of [second, first].entries()) {
      const more = { paymentId: payments[nth], expectedVersion: 1, allocations: [half(invoiceId)] }
      expect((await billing.send(clerk, 'allocatePayment', more)).result.payment.version).toBe(2)
    }
    const cancel = async (invoiceId: string, series: string) => {
      const { version } = (await billing.read(invoiceId)).openItem
      return () => billing.send(clerk, 'cancelInvoice', { invoiceId, expectedVersion: version, reason: 'x', series })
    }
    const outcomes = await held(
      'lock table payment_allocation in share mode',
      await cancel(first, 'SA'),
      await cancel(second, 'SB'),
    )
    expect(outcomes).toEqual(['done', 'STALE_VERSION'])
  })
})
