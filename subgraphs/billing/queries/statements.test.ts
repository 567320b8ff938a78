import { counted, oneConnection } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Office, office } from '../testing/office.ts'

const many = 20

describe('a deep query of billing sends as many statements for twenty as for two', () => {
  let billing: Office
  const ids: Record<'Invoice' | 'OpenItem' | 'Customer' | 'Payment', string[]> = {
    ...{ Invoice: [], OpenItem: [], Customer: [], Payment: [] },
  }
  beforeAll(async () => {
    billing = await office(oneConnection)
    await billing.seller()
    for (let nth = 0; nth < many; nth += 1) await sold()
  }, 120_000)
  afterAll(() => billing.stop())

  /** An invoice of a customer of its own, credited in part and paid in part. */
  async function sold() {
    const { id: customerId } = await billing.customer()
    const { id, lines } = await billing.issued({ customerId })
    const { openItem } = await billing.read(id)
    const credit = { invoiceId: id, expectedVersion: openItem.version, reason: 'Nachlass' }
    const credited = [{ lineId: lines[0]?.id, quantityThousandths: 1_000 }]
    await billing.send(clerk, 'creditInvoice', { ...credit, lines: credited })
    const payment = { customerId, receivedOn: '2026-11-02', amountCents: 100_00, reference: 'Abschlag' }
    const { result } = await billing.send(clerk, 'recordPayment', payment)
    for (const [type, one] of Object.entries({
      Invoice: id,
      OpenItem: id,
      Customer: customerId,
      Payment: result.payment.id,
    }))
      ids[type as keyof typeof ids].push(one)
  }

  /** Asked for two first, then for all of them: what is answered, and how often the database was. */
  async function twice(query: string, variables: (count: number) => object) {
    await counted(billing, clerk, query, variables(2))
    const few = await counted(billing, clerk, query, variables(2))
    const all = await counted(billing, clerk, query, variables(many))
    expect(all.statements).toBe(few.statements)
    return all.data
  }
  const list = async (field: string, fields: string) => {
    const query = `query ($first: Int!) { ${field}(first: $first) { totalCount edges { node { ${fields} } } } }`
    const { [field]: found } = await twice(query, (first) => ({ first }))
    return found.edges.map(({ node }: { node: object }) => node)
  }
  const references = async (type: keyof typeof ids, fields: string) => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`
    const of = ids[type].map((id) => ({ __typename: type, id }))
    const { _entities: found } = await twice(query, (count) => ({ of: of.slice(0, count) }))
    return found
  }

  const invoice = `number netCents customer { name billingAddress { city } } lines { netCents } vatBreakdown { vatCents }
    contentHash approvalDue recipient { name } issuer { name } corrects { number } corrections { number grossCents }
    openItem { openCents allocations { amountCents payment { reference } } } deliveries { __typename }`
  const payment = 'amountCents customer { name } allocations { amountCents invoice { number } } refunds { amountCents }'
  const openItem = `openCents invoice { number customer { name } lines { netCents } } customer { name }
    allocations { amountCents payment { reference customer { name } } }`

  test('over invoices, with lines, corrections, what is open and what was paid', async () => {
    const nodes: { corrections: object[]; openItem: { allocations: object[] } | null }[] = await list(
      'invoices',
      invoice,
    )
    expect(nodes).toHaveLength(many)
    const found = await references('Invoice', invoice)
    expect(found.at(-1)).toMatchObject({
      corrections: [{ grossCents: expect.anything() }],
      openItem: { allocations: [{ payment: { reference: 'Abschlag' } }] },
    })
  })

  test('over customers', async () => {
    expect(await list('customers', 'name billingAddress { city } deliveryAddress { city }')).toHaveLength(many)
    expect(await references('Customer', 'name billingAddress { city }')).toHaveLength(many)
  })

  test('over payments, with what they settle', async () => {
    expect(await list('payments', payment)).toHaveLength(many)
    const found = await references('Payment', payment)
    expect(found.at(-1).allocations).toEqual([{ amountCents: 100_00, invoice: { number: expect.any(String) } }])
  })

  test('over open items, with their invoices and payments', async () => {
    expect(await list('openItems', openItem)).toHaveLength(many)
    const found = await references('OpenItem', openItem)
    expect(found.at(-1).allocations).toMatchObject([{ payment: { customer: { name: 'Günther & Söhne GmbH' } } }])
  })
})
