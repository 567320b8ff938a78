import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Office, office, stranger, worker } from '../testing/office.ts'

describe('invoiceMail', () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
  })
  afterAll(() => billing.stop())

  const mail = async (invoiceId: string, caller = worker) =>
    billing.ask(caller, 'query ($id: ID!) { invoiceMail(invoiceId: $id) { to from subject text } }', { id: invoiceId })

  test('is what was issued, sent to where the customer is reached today', async () => {
    const { id: customerId } = await billing.customer()
    const { id, number } = await billing.issued({ customerId })
    await billing.sql("update customer set email = 'neu@example.de', name = 'Anders GmbH' where id = $1", [customerId])
    const { data } = await mail(id)
    expect(data.invoiceMail).toMatchObject({
      to: 'neu@example.de',
      from: 'rechnungen@steinmetz.example.de',
      subject: `Rechnung ${number}`,
    })
    expect(data.invoiceMail.text).toContain('Günther & Söhne GmbH')
    expect(data.invoiceMail.text).toContain('Gesamt: 4.798,20 EUR')
  })

  test('of a Storno names what it takes back', async () => {
    const { id: invoiceId, number } = await billing.issued()
    const { result } = await billing.send(clerk, 'cancelInvoice', { invoiceId, expectedVersion: 1, reason: 'Doppelt' })
    const { subject, text } = (await mail(result.cancellation.id)).data.invoiceMail
    expect(subject).toBe(`Stornorechnung ${result.cancellation.number}`)
    expect(text).toMatch(new RegExp(`Zu Rechnung: ${number} vom .*\\nGrund: Doppelt`))
  })

  test('is none for a draft, for a stranger, or where nothing can be sent to', async () => {
    const { id } = await billing.draft()
    expect((await mail(id)).data.invoiceMail).toBeNull()
    const issued = await billing.issued()
    expect((await mail(issued.id, { ...worker, tenantId: stranger.tenantId ?? '' })).data.invoiceMail).toBeNull()
    await billing.sql('update customer set email = null')
    expect((await mail(issued.id)).data.invoiceMail).toBeNull()
    expect((await mail('no id')).data.invoiceMail).toBeNull()
    expect((await mail(issued.id, clerk)).errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
