import { change, expectVersion, id, line, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { assertEmployable, assertNotWithdrawn } from '../domain/employment.ts'
import type { CorrectEmployeeInput, CorrectEmployeePayload } from '../generated/graphql.ts'

/** Corrects an employee's personal data. Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_WITHDRAWN, INVALID_INPUT. */
export const correctEmployee = command<CorrectEmployeeInput, CorrectEmployeePayload>({
  name: 'correctEmployee',
  scope: 'hr:write',
  check: z.object({
    employeeId: id,
    firstName: line(100),
    lastName: line(100),
    email: z.email('give an address such as name@example.de').nullish(),
  }),

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
