import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { clerk, contract, type Draft, type Personnel, personnel, stranger, worker } from '../testing/personnel.ts'

describe('activateEmployee', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  test('activates a draft on the very contract that was approved, marked as four eyes', async () => {
    const draft = await hr.draft()
    const { result } = await hr.send(worker, 'activateEmployee', approved(draft))
    expect(result).toEqual({ __typename: 'ActivateEmployeePayload', employeeId: draft.id })
    expect(await statusOf(draft)).toMatchObject({ status: 'ACTIVE', version: 2 })
    const [record] = await hr.sql(
      "select before, after, tags, context from kernel.audit where entity_id = $1 and operation = 'UPDATE'",
      [draft.id],
    )
    expect(record).toMatchObject({
      before: { status: 'DRAFT' },
      after: { status: 'ACTIVE' },
      tags: ['FOUR_EYES'],
      context: { service: 'saga-worker', person: 'clerk' },
    })
  })

  test('refuses a contract that was changed after the approval', async () => {
    const draft = await hr.draft()
    const input = approved(draft)
    const { id: employeeId, contract: old } = draft
    const terms = { ...contract(), monthlyGrossCents: 999_900 }
    await hr.send(clerk, 'changeContract', { employeeId, expectedVersion: old.version, contract: terms })
    const { result } = await hr.send(worker, 'activateEmployee', input)
    expect(result.code).toBe('CONTRACT_CHANGED_SINCE_APPROVAL')
    expect(await statusOf(draft)).toMatchObject({ status: 'DRAFT', version: 1 })
  })

  test('never activates on a contract that is changed at the very moment', async () => {
    const draft = await hr.draft()
    const { id: employeeId, contract: old } = draft
    const held = hr.sql(holdUntilTwoWait(employeeId))
    await vi.waitFor(async () => expect(await hr.sql(holding)).toHaveLength(1))
    const activation = hr.send(worker, 'activateEmployee', approved(draft))
    await vi.waitFor(async () => expect(await hr.sql(waiting)).toHaveLength(1))
    const terms = { ...contract(), monthlyGrossCents: 999_900 }
    const change = hr.send(clerk, 'changeContract', { employeeId, expectedVersion: old.version, contract: terms })
    await held
    const outcomes = [(await activation).result, (await change).result].map(({ code }) => code ?? 'done')
    expect(outcomes).toEqual(['done', 'EMPLOYEE_NOT_DRAFT'])
  })

  test('refuses an approval that was forged, expired, or given for somebody else or in another tenant', async () => {
    const draft = await hr.draft()
    const { id: employeeId } = draft
    const wrong = [
      'no.signature.atall',
      `${approved(draft).attestation.slice(0, -6)}AAAAAA`,
      approved(await hr.draft()).attestation,
      approved(draft, { expiresAt: new Date('2020-01-01') }).attestation,
      approved(draft, { tenantId: '22222222-2222-4222-8222-222222222222' }).attestation,
      approved(draft, { policy: 'invoice' }).attestation,
    ]
    for (const attestation of wrong) {
      const { result } = await hr.send(worker, 'activateEmployee', { employeeId, attestation })
      expect(result.code).toBe('APPROVAL_INVALID')
    }
  })

  test('activates once, and refuses whoever is no draft any more', async () => {
    const draft = await hr.draft()
    const first = await hr.send(worker, 'activateEmployee', approved(draft), 'once')
    const replay = await hr.send(worker, 'activateEmployee', approved(draft), 'once-more')
    expect(first.result.__typename).toBe('ActivateEmployeePayload')
    expect(replay.result.code).toBe('EMPLOYEE_NOT_DRAFT')
    expect(await statusOf(draft)).toMatchObject({ version: 2 })
  })

  test('answers processes alone, and only within their tenant', async () => {
    const draft = await hr.draft()
    const user = await hr.send({ ...clerk, scopes: ['hr:activate'] }, 'activateEmployee', approved(draft))
    expect(user.error?.code).toBe('FORBIDDEN')
    const elsewhere = await hr.send(
      { ...worker, tenantId: stranger.tenantId ?? '' },
      'activateEmployee',
      approved(draft),
    )
    expect(elsewhere.result.code).toBe('EMPLOYEE_NOT_FOUND')
  })

  const approved = (draft: Draft, more: object = {}) => ({
    employeeId: draft.id,
    attestation: hr.attest({
      policy: 'employment-contract',
      subjectId: draft.id,
      contentHash: draft.contract.contentHash,
      ...more,
    }),
  })
  const statusOf = async ({ id }: Draft) =>
    (await hr.sql('select status, version from employee where id = $1', [id]))[0]
})

const waiting = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
const holding = "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"

/** Holds an employee's row until two others wait for it, or for less than they would wait at most. */
const holdUntilTwoWait = (employeeId: string) => `do $$ begin
  perform 1 from employee where id = '${employeeId}' for update;
  for nth in 1..150 loop
    perform pg_sleep(0.01), pg_stat_clear_snapshot();
    exit when (select count(*) = 2 from (${waiting}) as others);
  end loop;
end $$`
