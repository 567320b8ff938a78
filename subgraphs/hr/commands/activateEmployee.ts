import { change, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, holdEmployee } from '../command.ts'
import { isoDate } from '../domain/contract.ts'
import { activate } from '../domain/employment.ts'
import { EmployeeActivated } from '../events.ts'
import type { ActivateEmployeeInput, ActivateEmployeePayload } from '../generated/graphql.ts'

/**
 * Activates a drafted employee once a second person has approved the contract. Sent by the saga
 * hireEmployee alone.
 *
 * Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_NOT_DRAFT, APPROVAL_INVALID, CONTRACT_CHANGED_SINCE_APPROVAL.
 */
export const activateEmployee = command<ActivateEmployeeInput, ActivateEmployeePayload>({
  name: 'activateEmployee',
  scope: 'hr:activate',
  check: z.object({ employeeId: id }),

  async execute({ employeeId, attestation }, { tx, now, verifyApproval }) {
    await holdEmployee(tx, employeeId)
    const employee = await tx.employee.findUnique({ where: { id: employeeId }, include: { contract: true } })
    if (!employee?.contract) throw notFound('Employee', employeeId)
    const { contract } = employee

    const approval = verifyApproval(attestation, { policy: 'employment-contract', subjectId: employeeId })
    const saved = await saveVersion(tx.employee, employee, activate({ ...employee, contract }, { approval, at: now }))

    return {
      payload: { employeeId },
      changes: [change('Employee', employee, saved, ['FOUR_EYES'])],
      events: [EmployeeActivated({ employeeId, startsOn: isoDate(contract.startsOn) })],
    }
  },
})
