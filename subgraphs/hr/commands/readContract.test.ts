import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, contract, type Personnel, personnel, worker } from '../testing/personnel.ts'

describe('readContract', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  const read = (employeeId: string, key?: string) => hr.send(worker, 'readContract', { employeeId }, key)

  test('tells the hash of the contract as it is, and who last edited it', async () => {
    const draft = await hr.draft()
    expect((await read(draft.id)).result).toMatchObject({
      contractHash: draft.contract.contentHash,
      lastEditedBy: 'clerk',
    })
    const change = { employeeId: draft.id, expectedVersion: 1, contract: { ...contract(), weeklyHours: 20 } }
    const { result } = await hr.send({ ...clerk, person: 'editor' }, 'changeContract', change)
    expect((await read(draft.id)).result).toMatchObject({
      contractHash: result.contract.contentHash,
      lastEditedBy: 'editor',
    })
  })

  test('tells the same for the same key, whatever was changed since', async () => {
    const draft = await hr.draft()
    const first = await read(draft.id, `read-${draft.id}`)
    const change = { employeeId: draft.id, expectedVersion: 1, contract: { ...contract(), weeklyHours: 20 } }
    await hr.send(clerk, 'changeContract', change)
    expect(await read(draft.id, `read-${draft.id}`)).toEqual({ ...first, replayed: true })
  })

  test('refuses whoever is hired already, or not there', async () => {
    const hired = await hr.active()
    expect((await read(hired.id)).result.code).toBe('EMPLOYEE_NOT_DRAFT')
    expect((await read('00000000-0000-4000-8000-000000000000')).result.code).toBe('EMPLOYEE_NOT_FOUND')
  })

  test('is sent by processes alone', async () => {
    const draft = await hr.draft()
    const { error } = await hr.send({ ...clerk, scopes: ['hr:activate'] }, 'readContract', { employeeId: draft.id })
    expect(error).toMatchObject({ code: 'FORBIDDEN' })
  })
})
