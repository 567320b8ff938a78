import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, line, type Office, office, type Requested, stranger, worker } from '../testing/office.ts'

const above = { lines: [line({ quantityThousandths: 100_010 })] }

describe('issueInvoice', { timeout: 30_000 }, () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
  })
  afterAll(() => billing.stop())

  test('gives a requested invoice its number and freezes all that it says', async () => {
    const invoice = await billing.requested({ series: 'AA' })
    const { result } = await billing.send(worker, 'issueInvoice', invoice.issue)
    const fields = `status version number netCents vatCents grossCents contentHash issuedOn dueOn
      recipient { name vatId address { city } } issuer { name iban } openItem { openCents dueOn }`
    const issued = await billing.read(invoice.id, fields)
    expect(result.number).toBe(`AA-${issued.issuedOn.slice(0, 4)}-00001`)
    expect(issued).toMatchObject({
      ...{ status: 'ISSUED', version: 3, number: result.number, contentHash: invoice.contentHash },
      ...{ netCents: 403_570, vatCents: 76_250, grossCents: 479_820 },
      recipient: { name: 'Günther & Söhne GmbH', vatId: 'DE136695976', address: { city: 'Hamburg' } },
      issuer: { name: 'SteinmetZ Werke AG', iban: 'DE02120300000000202051' },
      openItem: { openCents: 479_820, dueOn: issued.dueOn },
    })
    expect(await billing.events('billing.InvoiceIssued', invoice.id)).toMatchObject([
      { number: result.number, netCents: '403570', grossCents: '479820' },
    ])
    const [, , record] = await billing.audit(invoice.id)
    expect(record?.context).toMatchObject({ service: 'saga-worker', person: 'clerk' })
    expect(JSON.stringify(record)).not.toContain('Günther')
  })

  test('keeps what was issued when the customer moves and the seller changes its bank', async () => {
    const { id: customerId } = await billing.customer()
    const { id } = await billing.issued({ customerId, series: 'KEEP' })
    const before = await billing.read(id, 'recipient { name address { city } } issuer { iban } contentHash version')
    await billing.sql(`update customer set version = 2, addresses = '{"billing": {"city": "Kiel"}}' where id = $1`, [
      customerId,
    ])
    expect(await billing.read(id, 'recipient { name address { city } } issuer { iban } contentHash version')).toEqual(
      before,
    )
  })

  test('is held by the database, should the decision ever fail to', async () => {
    const { id } = await billing.issued()
    const violations = [
      ['update invoice set note = $2 where id = $1', [id, 'changed']],
      ["update invoice set status = 'DRAFT', number = null where id = $1", [id]],
      ['delete from invoice where id = $1', [id]],
      ['update invoice_line set net_cents = 1 where invoice_id = $1', [id]],
      ['delete from invoice_line where invoice_id = $1', [id]],
      [
        `insert into invoice_line select gen_random_uuid(), tenant_id, 1, invoice_id, 99, 'one more', unit_code, 1, 1,
           vat_category, 1 from invoice_line where invoice_id = $1 limit 1`,
        [id],
      ],
    ] as const
    for (const [text, values] of violations)
      await expect(billing.sql(text, [...values])).rejects.toThrow('never changes')
  })

  test('refuses what was not requested, or is not as it was requested', async () => {
    const draft = await billing.draft()
    const unasked = { invoiceId: draft.id, round: 1, contentHash: draft.contentHash }
    expect(await refusal(unasked)).toBe('INVOICE_NOT_ISSUING')

    const { issue } = await billing.requested()
    expect(await refusal({ ...issue, round: 2 })).toBe('INVOICE_NOT_ISSUING')
    expect(await refusal({ ...issue, contentHash: 'a'.repeat(64) })).toBe('INVOICE_CHANGED_SINCE_REQUEST')

    const { id: customerId } = await billing.customer()
    const moved = await billing.requested({ customerId })
    await billing.sql('update customer set version = version + 1 where id = $1', [customerId])
    expect(await refusal(moved.issue)).toBe('INVOICE_CHANGED_SINCE_REQUEST')
  })

  test('needs an approval above the limit, of exactly what is issued', async () => {
    const invoice = await billing.requested(above)
    expect(await refusal(invoice.issue)).toBe('APPROVAL_REQUIRED')
    expect(await refusal(approved(invoice, { contentHash: 'a'.repeat(64) }))).toBe('INVOICE_CHANGED_SINCE_APPROVAL')
    expect(await refusal(approved(invoice, { policy: 'employment-contract' }))).toBe('APPROVAL_INVALID')
    expect(await refusal(approved(invoice, { subjectId: '0199c000-0000-7000-8000-000000000001' }))).toBe(
      'APPROVAL_INVALID',
    )
    expect(await refusal({ ...invoice.issue, attestation: 'no.signature.atall' })).toBe('APPROVAL_INVALID')

    const { result } = await billing.send(worker, 'issueInvoice', approved(invoice))
    expect(result.__typename).toBe('IssueInvoicePayload')
    const [row] = await billing.sql('select approval_request_id from invoice where id = $1', [invoice.id])
    expect(row?.approval_request_id).not.toBeNull()
    const [, , record] = await billing.audit(invoice.id)
    expect(record?.tags).toEqual(['FOUR_EYES'])
  })

  test('needs none at the limit', async () => {
    const invoice = await billing.requested({ lines: [line({ quantityThousandths: 100_000 })] })
    const { result } = await billing.send(worker, 'issueInvoice', invoice.issue)
    expect(result.__typename).toBe('IssueInvoicePayload')
  })

  test('issues once, whoever asks again', async () => {
    const { issue, id } = await billing.requested({ series: 'ONCE' })
    const first = await billing.send(worker, 'issueInvoice', issue, 'issue-once')
    expect(await billing.send(worker, 'issueInvoice', issue, 'issue-once')).toEqual({ ...first, replayed: true })
    expect(await refusal(issue)).toBe('INVOICE_NOT_ISSUING')
    expect(await billing.events('billing.InvoiceIssued', id)).toHaveLength(1)
    expect(await numbers('ONCE')).toEqual([1])
  })

  test('gives one number when two ask at once', async () => {
    const { issue } = await billing.requested({ series: 'RACE' })
    const both = await Promise.all([0, 1].map((nth) => billing.send(worker, 'issueInvoice', issue, `race-${nth}`)))
    expect(both.map(({ result }) => result?.code ?? 'ISSUED').sort()).toEqual(['INVOICE_NOT_ISSUING', 'ISSUED'])
    expect(await numbers('RACE')).toEqual([1])
  })

  test('is sent by processes alone, and only within their tenant', async () => {
    const { issue } = await billing.requested()
    const user = await billing.send({ ...clerk, scopes: ['billing:issue'] }, 'issueInvoice', issue)
    expect(user.error?.code).toBe('FORBIDDEN')
    const elsewhere = await billing.send({ ...worker, tenantId: stranger.tenantId ?? '' }, 'issueInvoice', issue)
    expect(elsewhere.result.code).toBe('INVOICE_NOT_FOUND')
  })

  const approved = ({ id, issue }: Requested, more: object = {}) => ({
    ...issue,
    attestation: billing.attest({
      policy: 'invoice-above-limit',
      subjectType: 'Invoice',
      subjectId: id,
      contentHash: issue.contentHash,
      ...more,
    }),
  })
  const refusal = async (input: object) => (await billing.send(worker, 'issueInvoice', input)).result.code
  const numbers = async (series: string) => {
    const text = 'select number_sequence as sequence from invoice where series = $1 and number is not null order by 1'
    return (await billing.sql(text, [series])).map(({ sequence }) => sequence)
  }
})
