import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Personnel, personnel } from '../testing/personnel.ts'

describe('createDepartment and renameDepartment', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  test('creates and renames, with a record of each', async () => {
    const { id: departmentId } = await hr.department('Vertrieb Süd')
    const { result } = await hr.send(clerk, 'renameDepartment', { departmentId, expectedVersion: 1, name: 'Vertrieb' })
    expect(result.department).toEqual({ id: departmentId, version: 2, name: 'Vertrieb' })
    const records = await hr.sql('select operation, before, after from kernel.audit where entity_id = $1 order by id', [
      departmentId,
    ])
    expect(records).toMatchObject([
      { operation: 'CREATE', after: { name: 'Vertrieb Süd' } },
      { operation: 'UPDATE', before: { name: 'Vertrieb Süd' }, after: { name: 'Vertrieb' } },
    ])
  })

  test('refuses a name that is taken, also when two come at once', async () => {
    const { id: departmentId } = await hr.department('Einkauf')
    const taken = await hr.send(clerk, 'createDepartment', { name: 'Einkauf' })
    expect(taken.result.code).toBe('DEPARTMENT_NAME_TAKEN')
    await hr.department('Lager')
    const renamed = await hr.send(clerk, 'renameDepartment', { departmentId, expectedVersion: 1, name: 'Lager' })
    expect(renamed.result.code).toBe('DEPARTMENT_NAME_TAKEN')

    const twins = await Promise.all([1, 2, 3].map(() => hr.send(clerk, 'createDepartment', { name: 'Werk' })))
    expect(twins.filter(({ result }) => result?.department)).toHaveLength(1)
    for (const { result, error } of twins)
      expect(result?.department ?? result?.code ?? error?.reason).toSatisfy(
        (told: unknown) => typeof told === 'object' || told === 'DEPARTMENT_NAME_TAKEN' || told === 'CONCURRENT_CHANGE',
      )
  })

  test('refuses a department nobody has, and a stale version', async () => {
    const nowhere = { departmentId: '00000000-0000-4000-8000-000000000000', expectedVersion: 1, name: 'X' }
    expect((await hr.send(clerk, 'renameDepartment', nowhere)).result.code).toBe('DEPARTMENT_NOT_FOUND')
    const { id: departmentId } = await hr.department()
    const stale = await hr.send(clerk, 'renameDepartment', { departmentId, expectedVersion: 9, name: 'Y' })
    expect(stale.error?.reason).toBe('STALE_VERSION')
  })

  test('creates and renames once for one key', async () => {
    const first = await hr.send(clerk, 'createDepartment', { name: 'Einmal' }, 'create-once')
    expect(await hr.send(clerk, 'createDepartment', { name: 'Einmal' }, 'create-once')).toEqual({
      ...first,
      replayed: true,
    })
    const { id: departmentId } = first.result.department
    const input = { departmentId, expectedVersion: 1, name: 'Nur einmal' }
    const renamed = await hr.send(clerk, 'renameDepartment', input, 'rename-once')
    expect(await hr.send(clerk, 'renameDepartment', input, 'rename-once')).toEqual({ ...renamed, replayed: true })
  })
})
