import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, company, type Office, office, stranger } from '../testing/office.ts'

describe('setSeller', () => {
  let billing: Office
  beforeAll(async () => {
    billing = await office()
  })
  afterAll(() => billing.stop())

  const set = (input: object, key?: string) => billing.send(clerk, 'setSeller', { ...company(), ...input }, key)

  test('sets who issues the invoices, once for each tenant, and then changes it by its version', async () => {
    const first = await set({ expectedVersion: 0 }, 'set')
    expect(first.result.seller).toMatchObject({ version: 1, iban: 'DE02120300000000202051', taxNumber: null })
    expect(await set({ expectedVersion: 0 }, 'set')).toEqual({ ...first, replayed: true })
    expect((await set({ expectedVersion: 0 })).error).toMatchObject({ reason: 'STALE_VERSION' })

    const changed = await set({ expectedVersion: 1, vatId: null, taxNumber: '12/345/67890' })
    expect(changed.result.seller).toMatchObject({ version: 2, vatId: null, taxNumber: '12/345/67890' })
    const query = '{ seller { id version name } }'
    expect((await billing.ask(clerk, query)).data.seller).toMatchObject({ version: 2, name: 'SteinmetZ Werke AG' })
    expect((await billing.ask(stranger, query)).data.seller).toBeNull()
    expect(await billing.audit(changed.result.seller.id)).toHaveLength(2)
  })

  test.each([
    ['vatId', { vatId: null }],
    ['vatId', { vatId: 'DE1' }],
    ['iban', { iban: 'DE02120300000000202052' }],
    ['email', { email: 'x' }],
    ['taxNumber', { taxNumber: 'unknown' }],
    ['address.postalCode', { address: { ...company().address, postalCode: 'K1' } }],
  ])('refuses an impossible %s', async (where, wrong) => {
    const { result } = await set({ expectedVersion: 2, ...wrong })
    expect(result).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining(`${where}:`) })
  })
})
