import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, line, type Office, office, stranger, terms, worker } from '../testing/office.ts'

describe('requestIssue, and what the process does with it', () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
  })
  afterAll(() => billing.stop())

  const request = (invoiceId: string, expectedVersion = 1, key?: string) =>
    billing.send(clerk, 'requestIssue', { invoiceId, expectedVersion }, key)

  test('refuses as long as nobody is set who invoices', async () => {
    const { id } = await billing.draft()
    expect((await request(id)).result.code).toBe('SELLER_MISSING')
    await billing.seller()
  })

  test('begins the process, bound to what stands there now', async () => {
    const { id, contentHash } = await billing.draft()
    const { result } = await request(id)
    expect(result.invoice).toMatchObject({ status: 'ISSUING', version: 2, number: null, contentHash })
    expect(await billing.events('billing.InvoiceIssueRequested', id)).toEqual([
      { invoiceId: id, round: 1, contentHash, requestedBy: 'clerk', lastEditedBy: 'clerk' },
    ])
  })

  test('refuses a customer nothing can be sent to, and reverse charge without VAT ids', async () => {
    const mute = await billing.draft({ customerId: (await billing.customer({ email: null })).id })
    expect((await request(mute.id)).result.code).toBe('CUSTOMER_EMAIL_MISSING')
    const { id: customerId } = await billing.customer({ vatId: null })
    const reverse = await billing.draft({ customerId, lines: [line({ vatCategory: 'REVERSE_CHARGE' })] })
    expect((await request(reverse.id)).result.code).toBe('VAT_ID_MISSING')
  })

  test('begins it once, and refuses a second request and another tenant', async () => {
    const { id } = await billing.draft()
    expect((await request(id, 7)).error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
    const first = await request(id, 1, 'request')
    expect(await request(id, 1, 'request')).toEqual({ ...first, replayed: true })
    expect((await request(id, 2)).result.code).toBe('INVOICE_BEING_ISSUED')
    const discarded = await billing.send(clerk, 'discardInvoice', { invoiceId: id, expectedVersion: 2 })
    expect(discarded.result.code).toBe('INVOICE_BEING_ISSUED')
    expect(await billing.events('billing.InvoiceIssueRequested', id)).toHaveLength(1)
    const elsewhere = await billing.send(stranger, 'requestIssue', { invoiceId: id, expectedVersion: 1 })
    expect(elsewhere.result.code).toBe('INVOICE_NOT_FOUND')
  })

  test('is validated before anybody is bothered: with an approval due above 10,000.00 euros net', async () => {
    for (const [quantityThousandths, approvalDue] of [
      [100_000, false],
      [100_001, true],
    ] as const) {
      const { id, issue } = await billing.requested({ lines: [line({ quantityThousandths })] })
      const first = await billing.send(worker, 'validateInvoice', issue, `validate-${approvalDue}`)
      expect(first.result).toEqual({ __typename: 'ValidateInvoicePayload', invoiceId: id, approvalDue })
      const again = await billing.send(worker, 'validateInvoice', issue, `validate-${approvalDue}`)
      expect(again).toEqual({ ...first, replayed: true })
      expect((await billing.read(id, 'approvalDue')).approvalDue).toBe(approvalDue)
    }
  })

  test('is not valid once anything has changed', async () => {
    const { id: invoiceId, issue } = await billing.requested()
    await billing.send(clerk, 'changeInvoice', { invoiceId, expectedVersion: 2, ...terms(), note: 'Danke' })
    expect((await billing.send(worker, 'validateInvoice', issue)).result.code).toBe('INVOICE_CHANGED_SINCE_REQUEST')
    expect(await billing.events('billing.InvoiceChanged', invoiceId)).toMatchObject([{ lastEditedBy: 'clerk' }])
    const user = await billing.send({ ...clerk, scopes: ['billing:issue'] }, 'validateInvoice', issue)
    expect(user.error?.code).toBe('FORBIDDEN')
  })

  test('can come to nothing: then the invoice is a draft again, tells why, and can be requested anew', async () => {
    const { id: invoiceId } = await billing.requested()
    const input = { invoiceId, round: 1, reason: 'APPROVAL_REJECTED' }
    const first = await billing.send(worker, 'returnToDraft', input, 'return')
    expect(first.result.invoiceId).toBe(invoiceId)
    expect(await billing.send(worker, 'returnToDraft', input, 'return')).toEqual({ ...first, replayed: true })
    expect(await billing.read(invoiceId)).toMatchObject({ status: 'DRAFT', returnedBecause: 'APPROVAL_REJECTED' })
    expect(await billing.events('billing.InvoiceReturned', invoiceId)).toEqual([input])

    expect((await request(invoiceId, 3)).result.invoice).toMatchObject({ status: 'ISSUING', returnedBecause: null })
    expect(await billing.events('billing.InvoiceIssueRequested', invoiceId)).toMatchObject([{ round: 1 }, { round: 2 }])
  })

  test('leaves a later round alone when an earlier one comes to nothing late', async () => {
    const { id: invoiceId } = await billing.requested()
    const input = { invoiceId, reason: 'CANCELLED' }
    await billing.send(worker, 'returnToDraft', { ...input, round: 1 })
    await request(invoiceId, 3)
    await billing.send(worker, 'returnToDraft', { ...input, round: 1 })
    expect(await billing.read(invoiceId)).toMatchObject({ status: 'ISSUING', version: 4 })
    const elsewhere = { ...worker, tenantId: stranger.tenantId ?? '' }
    const { result } = await billing.send(elsewhere, 'returnToDraft', { ...input, round: 2 })
    expect(result.code).toBe('INVOICE_NOT_FOUND')
  })
})
