import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, contract, type Personnel, person, personnel, stranger, worker } from '../testing/personnel.ts'

describe('draftEmployee', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  test('drafts an employee with a contract, an audit record each, and the event that begins hiring', async () => {
    const { id: departmentId } = await hr.department()
    const { result } = await hr.send(clerk, 'draftEmployee', person(departmentId))
    expect(result.employee).toMatchObject({ version: 1, status: 'DRAFT' })

    const audit = await hr.sql('select * from kernel.audit where entity_id = $1', [result.employee.id])
    expect(audit).toHaveLength(1)
    expect(audit[0]).toMatchObject({
      operation: 'CREATE',
      before: null,
      after: { status: 'DRAFT', firstName: { person: result.employee.id } },
      context: { command: 'draftEmployee', person: 'clerk', service: 'gateway' },
    })
    expect(JSON.stringify(audit)).not.toMatch(/Jörg|Weiß|1988|joerg/)

    const events = await hr.sql('select * from kernel.outbox where aggregate_id = $1 and payload is not null', [
      result.employee.id,
    ])
    expect(events).toMatchObject([
      {
        type: 'hr.EmployeeDrafted',
        payload: { draftedBy: 'clerk', contractHash: result.employee.contract.contentHash },
      },
    ])
    expect(JSON.stringify(events)).not.toMatch(/Jörg|Weiß|1988|joerg/)
  })

  test('refuses a personnel number that is taken, and a department that is not there', async () => {
    const { id: departmentId } = await hr.department()
    const first = person(departmentId)
    await hr.send(clerk, 'draftEmployee', first)
    const again = await hr.send(clerk, 'draftEmployee', { ...first, lastName: 'Anders' })
    expect(again.result).toMatchObject({ __typename: 'Refusal', code: 'PERSONNEL_NUMBER_TAKEN' })

    const nowhere = await hr.send(clerk, 'draftEmployee', person('00000000-0000-4000-8000-000000000000'))
    expect(nowhere.result.code).toBe('DEPARTMENT_NOT_FOUND')
  })

  test.each([
    [{ firstName: ' ' }, 'firstName'],
    [{ lastName: 'a\u0000b' }, 'null character'],
    [{ birthDate: '2999-01-01' }, 'birthDate'],
    [{ birthDate: '2015-01-01' }, 'younger than 15'],
    [{ personnelNumber: 'näh' }, 'personnelNumber'],
    [{ email: 'nirgendwo' }, 'email'],
    [{ contract: { ...contract(), weeklyHours: -5 } }, 'weeklyHours'],
    [{ contract: { ...contract(), weeklyHours: 38.333 } }, 'two decimals'],
    [{ contract: { ...contract(), monthlyGrossCents: 0 } }, 'monthlyGrossCents'],
    [{ contract: { ...contract(), endsOn: '2026-12-31' } }, 'ends before it starts'],
    [{ contract: { ...contract(), startsOn: '9999-12-31' } }, 'contract.startsOn: give a day from 1900 to 2199'],
    [{ contract: { ...contract(), endsOn: '9999-12-31' } }, 'contract.endsOn: give a day'],
  ])('refuses %o and says what is wrong with it', async (wrong, told) => {
    const { id: departmentId } = await hr.department()
    const { result } = await hr.send(clerk, 'draftEmployee', { ...person(departmentId), ...wrong })
    expect(result).toMatchObject({ __typename: 'Refusal', code: 'INVALID_INPUT' })
    expect(result.message).toContain(told)
  })

  test('drafts once however often the same key comes, and refuses it with another input', async () => {
    const { id: departmentId } = await hr.department()
    const input = person(departmentId)
    const answers = await Promise.all(Array.from({ length: 50 }, () => hr.send(clerk, 'draftEmployee', input, 'fifty')))
    expect(new Set(answers.map(({ result }) => JSON.stringify(result)))).toHaveLength(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    const rows = await hr.sql('select 1 from employee where personnel_number = $1', [input.personnelNumber])
    expect(rows).toHaveLength(1)

    const other = await hr.send(clerk, 'draftEmployee', { ...input, firstName: 'Anders' }, 'fifty')
    expect(other.error).toMatchObject({ code: 'CONFLICT', reason: 'KEY_REUSED' })
  })

  test('gives a stored refusal again, even when it would no longer be refused', async () => {
    const { id: departmentId } = await hr.department()
    const input = person(departmentId)
    await hr.send(clerk, 'draftEmployee', input)
    const refused = await hr.send(clerk, 'draftEmployee', { ...input, lastName: 'Zwei' }, 'refused')
    await hr.sql('update employee set personnel_number = $2 where personnel_number = $1', [input.personnelNumber, 'X'])
    const replay = await hr.send(clerk, 'draftEmployee', { ...input, lastName: 'Zwei' }, 'refused')
    expect(replay).toEqual({ ...refused, replayed: true })
  })

  test('is for those who may write, and for users alone', async () => {
    const { id: departmentId } = await hr.department()
    const reader = await hr.send({ person: 'reader', scopes: ['hr:read'] }, 'draftEmployee', person(departmentId))
    expect(reader.error?.code).toBe('FORBIDDEN')
    const asWorker = await hr.send({ ...worker, service: 'gateway' }, 'activateEmployee', {
      employeeId: departmentId,
      attestation: '',
    })
    expect(asWorker.error?.code).toBe('FORBIDDEN')
  })

  test("keeps another tenant's department out of reach", async () => {
    const { id: departmentId } = await hr.department()
    const { result } = await hr.send(stranger, 'draftEmployee', person(departmentId))
    expect(result.code).toBe('DEPARTMENT_NOT_FOUND')
  })
})
