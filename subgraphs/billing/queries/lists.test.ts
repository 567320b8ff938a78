import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, firm, line, type Office, office, stranger } from '../testing/office.ts'

const euros = (amount: number) => ({ lines: [line({ vatCategory: 'REVERSE_CHARGE', unitPriceMicros: amount * 1e6 })] })

describe('what billing tells', { timeout: 30_000 }, () => {
  let billing: Office
  let customerId: string
  const invoices: string[] = []
  beforeAll(async () => {
    billing = await office()
    await billing.seller()
    customerId = (await billing.customer({ customerNumber: 'A-1' })).id
    for (const [nth, amount] of [300, 200, 100].entries())
      invoices.push((await billing.issued({ customerId, paymentTermDays: 30 - nth, ...euros(amount) })).id)
    await billing.draft({ customerId })
  })
  afterAll(() => billing.stop())

  const ask = async (query: string, caller = clerk) => {
    const { data, errors } = await billing.ask(caller, query)
    expect(errors).toEqual([])
    return data
  }

  test('lists open items by the day they are due, page by page', async () => {
    const page = (after: string) => `{ openItems(first: 2 ${after}) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { id openCents customer { customerNumber } } } } }`
    const first = (await ask(page(''))).openItems
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } })
    expect(first.edges.map(({ node }: { node: { openCents: number } }) => node.openCents)).toEqual([10_000, 20_000])
    const second = (await ask(page(`after: "${first.pageInfo.endCursor}"`))).openItems
    expect(second.edges).toMatchObject([{ node: { id: invoices[0], customer: { customerNumber: 'A-1' } } }])
    expect(second.pageInfo.hasNextPage).toBe(false)
  })

  test('leaves out what is settled, of others, or not due before a day', async () => {
    const settled = await billing.issued({ ...euros(1) })
    const { customer } = await billing.read(settled.id, 'customer { id }')
    await billing.send(clerk, 'recordPayment', { customerId: customer.id, receivedOn: '2026-11-02', amountCents: 100 })
    const count = async (filter: string) =>
      (await ask(`{ openItems(filter: {${filter}}) { totalCount } }`)).openItems.totalCount
    expect(await count('')).toBe(3)
    expect(await count(`customerId: "${customerId}"`)).toBe(3)
    expect(await count(`customerId: "${customer.id}"`)).toBe(0)
    expect(await count('dueUntil: "2026-01-01"')).toBe(0)
    expect(await count('dueUntil: "2099-01-01"')).toBe(3)
    const { errors } = await billing.ask(clerk, '{ openItems(filter: { customerId: "nobody" }) { totalCount } }')
    expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  test('sums up what is owed by its age, and what we owe', async () => {
    const paid = await billing.customer()
    await billing.send(clerk, 'recordPayment', { customerId: paid.id, receivedOn: '2026-11-02', amountCents: 777 })
    const { dueOn } = await billing.read(invoices[1] ?? '', 'dueOn')
    const on = (days: number) => new Date(Date.parse(dueOn) + days * 86_400_000).toISOString().slice(0, 10)
    const sums = async (days: number) => {
      const { receivables } = await ask(
        `{ receivables(on: "${on(days)}") { openCents creditCents ageing { fromDays toDays count openCents } } }`,
      )
      expect(receivables).toMatchObject({ openCents: 60_000, creditCents: 777 })
      return receivables.ageing.map((bucket: { openCents: number }) => bucket.openCents)
    }
    expect(await sums(0)).toEqual([50_000, 10_000, 0, 0, 0])
    expect(await sums(30)).toEqual([0, 50_000, 10_000, 0, 0])
    expect(await sums(91)).toEqual([0, 0, 0, 30_000, 30_000])
    const own = await ask(`{ receivables(on: "${on(0)}", customerId: "${paid.id}") { openCents creditCents } }`)
    expect(own.receivables).toEqual({ openCents: 0, creditCents: 777 })
  })

  test('counts the days an item is overdue, below zero before it is', async () => {
    const { openItems } = await ask(`{ openItems(first: 1) { edges { node {
      early: daysOverdue(on: "2026-01-01") late: daysOverdue(on: "2099-01-01") } } } }`)
    expect(openItems.edges[0].node.early).toBeLessThan(0)
    expect(openItems.edges[0].node.late).toBeGreaterThan(25_000)
  })

  test('finds invoices by status, kind, customer, number and day', async () => {
    const count = async (filter: string) => {
      const { invoices: found } = await ask(
        `{ invoices(filter: {${filter}}) { totalCount edges { node { number } } } }`,
      )
      expect(found.totalCount).toBe(found.edges.length)
      return found.totalCount
    }
    expect(await count(`customerId: "${customerId}"`)).toBe(4)
    expect(await count(`customerId: "${customerId}", status: DRAFT`)).toBe(1)
    expect(await count('kind: CANCELLATION')).toBe(0)
    const { number, issuedOn } = await billing.read(invoices[0] ?? '', 'number issuedOn')
    expect(await count(`number: "${number}"`)).toBe(1)
    expect(await count(`customerId: "${customerId}", issuedFrom: "${issuedOn}", issuedUntil: "${issuedOn}"`)).toBe(3)
    expect(await count('issuedUntil: "2020-01-01"')).toBe(0)
  })

  test('finds invoices by words of their number and their customer, in any spelling', async () => {
    const { id } = await billing.customer({ customerNumber: 'Z-1', name: 'Müßiggang & Co. KG' })
    const { number } = await billing.issued({ customerId: id, buyerReference: 'Auftrag 4711' })
    for (const search of ['MUESSIG', 'müßig z-1', 'auftrag 4711', number, `muss ${number}`]) {
      const { invoices: found } = await ask(
        `{ invoices(filter: { search: "${search}" }) { edges { node { number } } } }`,
      )
      expect(found.edges, search).toEqual([{ node: { number } }])
    }
  })

  test('sorts invoices by their day and as they were drafted, from either end', async () => {
    const sorted = async (order: string) => {
      const page = `{ invoices(${order}, filter: { customerId: "${customerId}", kind: INVOICE }) { edges { node { id } } } }`
      return (await ask(page)).invoices.edges.map(({ node }: { node: { id: string } }) => node.id)
    }
    const drafted = await sorted('orderBy: CREATED')
    expect(drafted.slice(0, 3)).toEqual(invoices)
    expect(await sorted('descending: true')).toEqual(drafted.toReversed())
    expect(await sorted('orderBy: DAY')).toEqual(drafted)
  })

  test('sorts customers as people count and spell, and finds them by words', async () => {
    for (const [customerNumber, name] of [
      ['B-10', 'Zeppelin'],
      ['B-2', 'Ärmel Øst'],
    ])
      await billing.customer({ customerNumber, name })
    const list = async (how: string) => {
      const { customers } = await ask(`{ customers(${how}) { edges { node { customerNumber } } } }`)
      return customers.edges.map(({ node }: { node: { customerNumber: string } }) => node.customerNumber)
    }
    expect((await list('first: 3')).slice(-2)).toEqual(['B-2', 'B-10'])
    expect(await list('orderBy: NAME, first: 1')).toEqual(['B-2'])
    expect(await list('orderBy: NAME, descending: true, first: 1')).toEqual(['B-10'])
    expect(await list('filter: { search: "aermel oest" }')).toEqual(['B-2'])
  })

  test('finds customers by number and kind, and payments by customer and what is left of them', async () => {
    await billing.send(clerk, 'registerCustomer', { ...firm(), customerNumber: 'A-2', kind: 'PERSON', vatId: null })
    const query = `{ one: customers(filter: { customerNumber: "A-1" }) { edges { node { id } } }
      persons: customers(filter: { kind: PERSON }) { totalCount }
      left: payments(filter: { unallocated: true }) { totalCount edges { node { customer { id } } } }
      none: payments(orderBy: RECEIVED_ON, filter: { unallocated: false, receivedFrom: "2026-01-01", customerId: "${customerId}" }) { totalCount }
      first: customers(first: 1) { pageInfo { hasNextPage } edges { node { customerNumber } } } }`
    expect(await ask(query)).toMatchObject({
      one: { edges: [{ node: { id: customerId } }] },
      persons: { totalCount: 1 },
      left: { totalCount: 1 },
      none: { totalCount: 0 },
      first: { pageInfo: { hasNextPage: true }, edges: [{ node: { customerNumber: 'A-1' } }] },
    })
  })

  test('refuses cursors it never gave', async () => {
    for (const list of ['customers', 'openItems', 'invoices', 'payments']) {
      const { errors } = await billing.ask(clerk, `{ ${list}(after: "bm9uc2Vuc2U") { totalCount } }`)
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
  })

  test('tells a stranger nothing, whatever ids they know', async () => {
    const seen = await ask(
      `{ customer(id: "${customerId}") { id } invoice(id: "${invoices[0]}") { id } seller { id } numberRanges { series }
        customers { totalCount } invoices { totalCount } openItems { totalCount } payments { totalCount }
        receivables(on: "2026-11-23") { openCents } }`,
      stranger,
    )
    const none = { totalCount: 0 }
    expect(seen).toEqual({
      ...{ customer: null, invoice: null, seller: null, numberRanges: [], receivables: { openCents: 0 } },
      ...{ customers: none, invoices: none, openItems: none, payments: none },
    })
    const of = [...invoices.map((id) => ({ __typename: 'Invoice', id })), { __typename: 'Customer', id: customerId }]
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Invoice { number } ... on Customer { name } } }`
    const { data } = await billing.ask(stranger, query, { of })
    expect(data._entities).toEqual([null, null, null, null])
  })

  test('is for those who may read; whoever decides on an invoice reads that invoice', async () => {
    const nobody = { ...clerk, scopes: ['hr:read'] }
    const { errors } = await billing.ask(nobody, '{ invoices { totalCount } }')
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
    const decider = { ...clerk, scopes: ['approvals:decide'] }
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Invoice {
      number grossCents customer { name } lines { description } } } }`
    const of = [{ __typename: 'Invoice', id: invoices[0] }]
    expect((await billing.ask(decider, query, { of })).data._entities).toMatchObject([{ grossCents: 30_000 }])
    expect((await billing.ask(nobody, query, { of })).errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})
