import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, personChecks } from '../command.ts'
import { assertEmployable, assertNotWithdrawn } from '../domain/employment.ts'
import type { CorrectEmployeeInput, CorrectEmployeePayload } from '../generated/graphql.ts'

const { firstName, lastName, email } = personChecks

/** Corrects an employee's personal data. Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_WITHDRAWN, INVALID_INPUT. */
export const correctEmployee = command<CorrectEmployeeInput, CorrectEmployeePayload>({
  name: 'correctEmployee',
  scope: 'hr:write',
  check: z.object({ employeeId: id, firstName, lastName, email }),

  async execute({ employeeId, expectedVersion, firstName, lastName, birthDate, email = null }, { tx, now }) {
    const employee = await tx.employee.findUnique({ where: { id: employeeId }, include: { contract: true } })
    if (!employee?.contract) throw notFound('Employee', employeeId)
    assertNotWithdrawn(employee)
    assertEmployable({ birthDate, startsOn: employee.contract.startsOn, today: now })
    expectVersion(employee, expectedVersion)
    const saved = await saveVersion(tx.employee, employee, { firstName, lastName, birthDate, email })
    return { payload: { employee: saved }, changes: [change('Employee', employee, saved)] }
  },
})
