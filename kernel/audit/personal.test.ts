import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ledger, ledger, tenant } from '../testing/ledger.ts'
import { change, personalData } from './index.ts'

let book: Ledger
beforeAll(async () => {
  book = await ledger()
})
afterAll(() => book.close())

const personal = personalData(randomBytes(32), { Person: { fields: ['name', 'born'], person: ({ id }) => String(id) } })
const inTenant = <T>(work: (connection: pg.PoolClient) => Promise<T>) =>
  book.database.write(tenant, ({ connection }) => work(connection))

test('gives back whatever was sealed, and shows none of it meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ minLength: 8, unit: 'grapheme' }), fc.uuid(), async (name, id) => {
      const [sealed] = await inTenant((connection) =>
        personal.seal(connection, [
          change('Person', null, { id, name, born: null, status: 'DRAFT' } as { id: string }),
        ]),
      )
      expect(sealed?.after).toMatchObject({ id, born: null, status: 'DRAFT', name: { person: id } })
      expect(JSON.stringify(sealed)).not.toContain(JSON.stringify(name))
      const [plain] = await inTenant((connection) => personal.unseal(connection, [sealed?.after ?? null]))
      expect(plain).toEqual({ id, name, born: null, status: 'DRAFT' })
    }),
    { numRuns: 25 },
  )
})

test('seals the same name differently every time, so that equal names cannot be told', async () => {
  const row = { id: '3', name: 'Müller' }
  const sealed = await inTenant((connection) => personal.seal(connection, [change('Person', row, row)]))
  expect(sealed[0]?.before?.name).not.toEqual(sealed[0]?.after?.name)
})

test('cannot be moved to another person', async () => {
  const [a, b] = [
    { id: 'a', name: 'Anna' },
    { id: 'b', name: 'Bernd' },
  ]
  const [ofA] = await inTenant((connection) =>
    personal.seal(connection, [change('Person', null, a), change('Person', null, b)]),
  )
  const moved = { name: { ...(ofA?.after?.name as object), person: 'b' } }
  await expect(inTenant((connection) => personal.unseal(connection, [moved]))).rejects.toThrow()
})

test('says nothing once the key of the person is gone', async () => {
  const [sealed] = await inTenant((connection) =>
    personal.seal(connection, [change('Person', null, { id: 'gone', name: 'X' } as { id: string })]),
  )
  await book.sql("delete from kernel.person_key where person_id = 'gone'")
  expect(await inTenant((connection) => personal.unseal(connection, [sealed?.after ?? null]))).toEqual([
    { id: 'gone', name: null },
  ])
})

test('is of no use without the wrapping key', async () => {
  const [sealed] = await inTenant((connection) =>
    personal.seal(connection, [change('Person', null, { id: 'k', name: 'X' } as { id: string })]),
  )
  const thief = personalData(randomBytes(32), {})
  await expect(inTenant((connection) => thief.unseal(connection, [sealed?.after ?? null]))).rejects.toThrow()
})

test('leaves out what was loaded along with a row, and the tenant', () => {
  const row = {
    id: '1',
    tenantId: tenant,
    amount: 5n,
    contract: { id: '2', tenantId: tenant },
    list: [{ id: '3', tenantId: tenant }],
  }
  expect(change('Person', null, row).after).toEqual({ id: '1', amount: '5' })
})
