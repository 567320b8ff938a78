import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, contract, type Personnel, personnel } from '../testing/personnel.ts'

describe('changeContract', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  const half = { ...contract(), weeklyHours: 19.25, monthlyGrossCents: 206_275 }

  test('changes the terms, their hash and their last editor', async () => {
    const draft = await hr.draft()
    const editor = { ...clerk, person: 'editor' }
    const { result } = await hr.send(editor, 'changeContract', {
      employeeId: draft.id,
      expectedVersion: 1,
      contract: half,
    })
    expect(result.contract).toMatchObject({ version: 2, weeklyHours: 19.25 })
    expect(result.contract.contentHash).not.toBe(draft.contract.contentHash)
    const events = await hr.sql("select payload from kernel.outbox where type = 'hr.ContractChanged'")
    expect(events.at(-1)?.payload).toMatchObject({ employeeId: draft.id, lastEditedBy: 'editor' })
  })

  test('refuses a change of whoever is hired already', async () => {
    const hired = await hr.active()
    const input = { employeeId: hired.id, expectedVersion: 1, contract: half }
    expect((await hr.send(clerk, 'changeContract', input)).result.code).toBe('EMPLOYEE_NOT_DRAFT')
  })

  test('changes once for one key', async () => {
    const draft = await hr.draft()
    const input = { employeeId: draft.id, expectedVersion: 1, contract: half }
    const first = await hr.send(clerk, 'changeContract', input, 'change-once')
    const replay = await hr.send(clerk, 'changeContract', input, 'change-once')
    expect(replay).toEqual({ ...first, replayed: true })
  })

  test('refuses a stale version, of two at once too', async () => {
    const draft = await hr.draft()
    const input = { employeeId: draft.id, expectedVersion: 1, contract: half }
    const both = await Promise.all([hr.send(clerk, 'changeContract', input), hr.send(clerk, 'changeContract', input)])
    expect(both.filter(({ result }) => result)).toHaveLength(1)
    expect(both.find(({ error }) => error)?.error).toMatchObject({ code: 'CONFLICT', reason: 'STALE_VERSION' })
  })
})
