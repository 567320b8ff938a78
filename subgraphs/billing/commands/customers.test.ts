import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { address, clerk, firm, type Office, office, stranger } from '../testing/office.ts'

describe('registerCustomer and correctCustomer', () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
  })
  afterAll(() => billing.stop())

  test('registers a customer, with all that is personal sealed in the audit trail', async () => {
    const asked = { ...firm(), vatId: 'de 136 695 976', deliveryAddress: { ...address, city: 'Kiel' } }
    const { result } = await billing.send(clerk, 'registerCustomer', asked)
    expect(result.customer).toMatchObject({
      ...{ version: 1, name: asked.name, vatId: 'DE136695976', paymentTermDays: 14 },
      billingAddress: { ...address, addition: null },
      deliveryAddress: { city: 'Kiel' },
    })
    const [record] = await billing.audit(result.customer.id)
    expect(record).toMatchObject({ operation: 'CREATE', after: { customerNumber: asked.customerNumber } })
    expect(JSON.stringify(record)).not.toMatch(/Günther|Weiß|Hamburg|Kiel|136695976|example\.de/)
    expect(record?.after.addresses.person).toBe(result.customer.id)
  })

  test('refuses a customer number that is taken, and does not mind that of another tenant', async () => {
    const { customerNumber } = firm()
    await billing.customer({ customerNumber })
    const { result } = await billing.send(clerk, 'registerCustomer', { ...firm(), customerNumber })
    expect(result.code).toBe('CUSTOMER_NUMBER_TAKEN')
    const elsewhere = await billing.send(stranger, 'registerCustomer', { ...firm(), customerNumber })
    expect(elsewhere.result.customer.version).toBe(1)
  })

  test.each([
    ['vatId', { vatId: 'DE136695975' }],
    ['vatId', { vatId: 'ГE136695976' }],
    ['vatId', { kind: 'PERSON' }],
    ['email', { email: 'nobody' }],
    ['name', { name: ' ' }],
    ['paymentTermDays', { paymentTermDays: 366 }],
    ['billingAddress.postalCode', { billingAddress: { ...address, postalCode: '2045' } }],
    ['billingAddress.country', { billingAddress: { ...address, country: 'XQ' } }],
    ['deliveryAddress.country', { deliveryAddress: { ...address, country: 'de' } }],
    ['billingAddress.street', { billingAddress: { ...address, street: 'Am\u0007Tor' } }],
  ])('refuses an impossible %s and says where', async (where, wrong) => {
    const { result } = await billing.send(clerk, 'registerCustomer', { ...firm(), ...wrong })
    expect(result).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(`${where}:`) })
  })

  test('registers once, however often the key comes', async () => {
    const asked = firm()
    const first = await billing.send(clerk, 'registerCustomer', asked, 'register')
    expect(await billing.send(clerk, 'registerCustomer', asked, 'register')).toEqual({ ...first, replayed: true })
    expect(await billing.audit(first.result.customer.id)).toHaveLength(1)
  })

  test('corrects what is known', async () => {
    const { id: customerId } = await billing.customer()
    const { customerNumber, ...asked } = { ...firm(), name: 'Öztürk KG', email: null, vatId: null }
    const { result } = await billing.send(clerk, 'correctCustomer', { customerId, expectedVersion: 1, ...asked })
    expect(result.customer).toMatchObject({ version: 2, name: 'Öztürk KG', email: null, vatId: null })
    const [, record] = await billing.audit(customerId)
    expect(record).toMatchObject({ before: { email: { person: customerId } }, after: { email: null } })
  })

  test('refuses to correct what is not there, or not in this tenant', async () => {
    const { id: customerId } = await billing.customer()
    const { customerNumber, ...asked } = firm()
    const { result } = await billing.send(stranger, 'correctCustomer', { customerId, expectedVersion: 1, ...asked })
    expect(result.code).toBe('CUSTOMER_NOT_FOUND')
  })

  test('does not correct what has changed meanwhile', async () => {
    const { id: customerId } = await billing.customer()
    const { customerNumber, ...asked } = firm()
    const input = { customerId, expectedVersion: 1, ...asked }
    await billing.send(clerk, 'correctCustomer', input, 'correct')
    const stale = await billing.send(clerk, 'correctCustomer', input)
    expect(stale.error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
    expect((await billing.send(clerk, 'correctCustomer', input, 'correct')).replayed).toBe(true)
  })

  test('is for those who may write', async () => {
    const { error } = await billing.send({ ...clerk, scopes: ['billing:read'] }, 'registerCustomer', firm())
    expect(error?.code).toBe('FORBIDDEN')
  })
})
