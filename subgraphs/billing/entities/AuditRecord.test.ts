import { randomUUID } from 'node:crypto'
import type { Caller } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Office, office } from '../testing/office.ts'

const auditor = { ...clerk, person: 'auditor', scopes: ['billing:read', 'hr:personal'] }

describe('audit records of billing', () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
  })
  afterAll(() => billing.stop())

  async function inPlain(entity: string, entityId: string, caller: Caller = auditor) {
    const record = (await billing.audit(entityId)).findLast((one) => one.entity === entity)
    const of = [{ __typename: 'AuditRecord', id: randomUUID(), entity: record?.entity, after: record?.after }]
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on AuditRecord { id billingAfter } } }`
    const { data, errors } = await billing.ask(caller, query, { of })
    return { after: data?._entities?.[0]?.billingAfter, id: of[0]?.id, errors }
  }

  test('tell a customer in plain text to who may see it, and who has seen it', async () => {
    const { id } = await billing.customer()
    const { after, id: recordId } = await inPlain('Customer', id)
    expect(after).toMatchObject({ name: 'Günther & Söhne GmbH', addresses: { billing: { city: 'Hamburg' } } })
    const views = await billing.sql("select context from kernel.audit where operation = 'VIEW' and entity_id = $1", [
      recordId,
    ])
    expect(views).toMatchObject([{ context: { person: 'auditor' } }])
    const { errors } = await inPlain('Customer', id, clerk)
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })

  test('tell to whom an invoice was issued, until the customer is erased', async () => {
    const { id: customerId } = await billing.customer()
    const { id } = await billing.issued({ customerId })
    expect((await inPlain('Invoice', id)).after).toMatchObject({
      status: 'ISSUED',
      recipient: { name: 'Günther & Söhne GmbH' },
    })
    await billing.sql('delete from kernel.person_key where person_id = $1', [customerId])
    expect((await inPlain('Invoice', id)).after).toMatchObject({ status: 'ISSUED', recipient: null })
  })
})
