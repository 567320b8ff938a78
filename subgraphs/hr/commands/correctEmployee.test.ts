import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Personnel, personnel, stranger, worker } from '../testing/personnel.ts'

describe('correctEmployee', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  const correction = { firstName: 'Björn', lastName: 'Weiß', birthDate: '1988-02-28', email: null }

  test('corrects, and seals before and after in the audit trail', async () => {
    const { id } = await hr.draft()
    const { result } = await hr.send(clerk, 'correctEmployee', { employeeId: id, expectedVersion: 1, ...correction })
    expect(result.employee).toMatchObject({ version: 2, firstName: 'Björn', lastName: 'Weiß' })
    const [record] = await hr.sql(
      "select before, after from kernel.audit where entity_id = $1 and operation = 'UPDATE'",
      [id],
    )
    expect(record).toMatchObject({ before: { firstName: { person: id } }, after: { firstName: { person: id } } })
    expect(JSON.stringify(record)).not.toMatch(/Björn|Jörg|Weiß/)
  })

  test('lets whoever may see it read the sealed fields again, and records that they did', async () => {
    const { id } = await hr.draft()
    await hr.send(clerk, 'correctEmployee', { employeeId: id, expectedVersion: 1, ...correction })
    const [record] = await hr.sql(
      "select record_id, before from kernel.audit where entity_id = $1 and operation = 'UPDATE'",
      [id],
    )
    const query = `query ($it: [_Any!]!) { _entities(representations: $it) { ... on AuditRecord { personnelBefore } } }`
    const it = [{ __typename: 'AuditRecord', id: record?.record_id, entity: 'Employee', before: record?.before }]
    const auditor = { person: 'auditor', scopes: ['hr:personal'] }
    const { data } = await hr.ask(auditor, query, { it })
    expect(data._entities[0].personnelBefore).toMatchObject({
      firstName: 'Jörg',
      birthDate: '1988-02-29T00:00:00.000Z',
    })
    const views = await hr.sql("select context from kernel.audit where operation = 'VIEW' and entity_id = $1", [
      record?.record_id,
    ])
    expect(views).toMatchObject([{ context: { person: 'auditor' } }])

    const without = await hr.ask({ ...auditor, scopes: ['hr:read'] }, query, { it })
    expect(without.errors[0]?.extensions.code).toBe('FORBIDDEN')
    // Destroying the person's key is what erases: the record stays, and says nothing personal any more.
    await hr.sql('delete from kernel.person_key where person_id = $1', [id])
    const erased = await hr.ask(auditor, query, { it })
    expect(erased.data._entities[0].personnelBefore).toMatchObject({ firstName: null, status: 'DRAFT' })
  })

  test('refuses a withdrawn draft, and an employee of another tenant', async () => {
    const { id: employeeId } = await hr.draft()
    const input = { employeeId, expectedVersion: 1, ...correction }
    const other = await hr.send(stranger, 'correctEmployee', input)
    expect(other.result.code).toBe('EMPLOYEE_NOT_FOUND')
    await hr.send(worker, 'withdrawDraft', { employeeId, reason: 'APPROVAL_REJECTED' })
    const { result } = await hr.send(clerk, 'correctEmployee', { ...input, expectedVersion: 2 })
    expect(result.code).toBe('EMPLOYEE_WITHDRAWN')
  })

  test('corrects once for one key, and refuses a stale version', async () => {
    const { id: employeeId } = await hr.draft()
    const input = { employeeId, expectedVersion: 1, ...correction }
    const first = await hr.send(clerk, 'correctEmployee', input, 'correct-once')
    expect(await hr.send(clerk, 'correctEmployee', input, 'correct-once')).toEqual({ ...first, replayed: true })
    const stale = await hr.send(clerk, 'correctEmployee', input)
    expect(stale.error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
  })
})
