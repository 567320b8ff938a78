import { change, id, unchanged } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { onboardingList } from '../domain/onboarding.ts'
import type { OpenOnboardingInput, OpenOnboardingPayload } from '../generated/graphql.ts'

/**
 * Opens the onboarding list of an active employee; a list that is open stays as it is. Sent by the saga
 * hireEmployee alone.
 *
 * Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_NOT_ACTIVE.
 */
export const openOnboarding = command<OpenOnboardingInput, OpenOnboardingPayload>({
  name: 'openOnboarding',
  scope: 'hr:onboard',
  check: z.object({ employeeId: id }),

  async execute({ employeeId }, { tx, newId }) {
    const employee = await tx.employee.findUnique({
      where: { id: employeeId },
      include: { contract: true, onboarding: true },
    })
    if (!employee?.contract) throw notFound('Employee', employeeId)
    if (employee.onboarding.length > 0) return unchanged({ employeeId })

    const list = onboardingList(employee, employee.contract.startsOn)
    const [first, ...others] = await tx.onboardingTask.createManyAndReturn({
      data: list.map((task) => ({ id: newId(), employeeId, ...task })),
    })
    if (!first) return unchanged({ employeeId })
    return {
      payload: { employeeId },
      changes: [change('OnboardingTask', null, first), ...others.map((task) => change('OnboardingTask', null, task))],
    }
  },
})
