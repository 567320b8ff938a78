import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clerk, type Personnel, personnel, worker } from '../testing/personnel.ts'

describe('openOnboarding, completeOnboardingTask and withdrawDraft', () => {
  let hr: Personnel
  beforeAll(async () => {
    hr = await personnel()
  })
  afterAll(() => hr.stop())

  const listOf = async (employeeId: string) => {
    const { data } = await hr.ask(
      clerk,
      `{ employee(id: "${employeeId}") { onboarding { id version title dueOn doneAt } } }`,
    )
    return data.employee.onboarding as {
      id: string
      version: number
      title: string
      dueOn: string
      doneAt: string | null
    }[]
  }

  test('opens one list, by the first day of the contract, however often it is asked', async () => {
    const { id: employeeId } = await hr.active()
    await hr.send(worker, 'openOnboarding', { employeeId })
    await hr.send(worker, 'openOnboarding', { employeeId })
    const list = await listOf(employeeId)
    expect(list.map(({ dueOn }) => dueOn)).toEqual([
      '2026-12-25',
      '2027-01-01',
      '2027-01-01',
      '2027-01-15',
      '2027-01-31',
    ])
  })

  test('opens no list for a draft', async () => {
    const { id: employeeId } = await hr.draft()
    expect((await hr.send(worker, 'openOnboarding', { employeeId })).result.code).toBe('EMPLOYEE_NOT_ACTIVE')
  })

  test('ticks a task off once, and refuses a stale version', async () => {
    const { id: employeeId } = await hr.active()
    await hr.send(worker, 'openOnboarding', { employeeId })
    const [task] = await listOf(employeeId)
    const input = { taskId: task?.id, expectedVersion: 1 }
    const done = await hr.send(clerk, 'completeOnboardingTask', input, 'tick')
    expect(done.result.task).toMatchObject({ version: 2, doneAt: expect.any(String) })
    expect(await hr.send(clerk, 'completeOnboardingTask', input, 'tick')).toEqual({ ...done, replayed: true })
    expect((await hr.send(clerk, 'completeOnboardingTask', input)).error?.reason).toBe('STALE_VERSION')
    const again = await hr.send(clerk, 'completeOnboardingTask', { ...input, expectedVersion: 2 })
    expect(again.result.code).toBe('ONBOARDING_TASK_DONE')
  })

  test('withdraws a draft once and keeps why', async () => {
    const { id: employeeId } = await hr.draft()
    const input = { employeeId, reason: 'APPROVAL_REJECTED' }
    await hr.send(worker, 'withdrawDraft', input, 'withdraw')
    expect((await hr.send(worker, 'withdrawDraft', input, 'withdraw')).replayed).toBe(true)
    const { data } = await hr.ask(clerk, `{ employee(id: "${employeeId}") { status version withdrawnBecause } }`)
    expect(data.employee).toEqual({ status: 'WITHDRAWN', version: 2, withdrawnBecause: 'APPROVAL_REJECTED' })
  })

  test('refuses to withdraw whoever is hired', async () => {
    const { id: employeeId } = await hr.active()
    const { result } = await hr.send(worker, 'withdrawDraft', { employeeId, reason: 'APPROVAL_REJECTED' })
    expect(result.code).toBe('EMPLOYEE_NOT_DRAFT')
  })
})
