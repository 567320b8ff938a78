import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Office, office, stranger, worker } from '../testing/office.ts'

describe('recordDelivery', () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
  })
  afterAll(() => billing.stop())

  test('records a mail once, and leaves the invoice as it is', async () => {
    const { id: invoiceId } = await billing.issued()
    const input = { invoiceId, messageId: '<1@steinmetz.example>' }
    const first = await billing.send(worker, 'recordDelivery', input, 'deliver')
    expect(await billing.send(worker, 'recordDelivery', input, 'deliver')).toEqual({ ...first, replayed: true })
    await billing.send(worker, 'recordDelivery', input)
    const { deliveries, version } = await billing.read(invoiceId, 'version deliveries { messageId }')
    expect({ deliveries, version }).toEqual({ deliveries: [{ messageId: input.messageId }], version: 3 })
  })

  test('refuses what is not issued, or not in this tenant, and users', async () => {
    const { id: invoiceId } = await billing.draft()
    const input = { invoiceId, messageId: '<1@steinmetz.example>' }
    expect((await billing.send(worker, 'recordDelivery', input)).result.code).toBe('INVOICE_NOT_ISSUED')
    const elsewhere = { ...worker, tenantId: stranger.tenantId ?? '' }
    expect((await billing.send(elsewhere, 'recordDelivery', input)).result.code).toBe('INVOICE_NOT_FOUND')
    const user = await billing.send({ ...clerk, scopes: ['billing:deliver'] }, 'recordDelivery', input)
    expect(user.error?.code).toBe('FORBIDDEN')
  })
})
