import { change, id, line } from '@steinmetz/kernel/command'
import { notFound, refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, personChecks } from '../command.ts'
import { agree, contractHash, isoDate } from '../domain/contract.ts'
import { assertEmployable } from '../domain/employment.ts'
import { EmployeeDrafted } from '../events.ts'
import type { DraftEmployeeInput, DraftEmployeePayload } from '../generated/graphql.ts'

/**
 * Drafts an employee with a contract; the process hireEmployee begins with it.
 *
 * Refuses: PERSONNEL_NUMBER_TAKEN, DEPARTMENT_NOT_FOUND, INVALID_INPUT.
 */
export const draftEmployee = command<DraftEmployeeInput, DraftEmployeePayload>({
  name: 'draftEmployee',
  scope: 'hr:write',
  check: z.object({
    ...personChecks,
    departmentId: id,
    contract: z.object({ position: line(200) }),
  }),

  async execute({ contract: terms, departmentId, ...person }, { tx, now, identity, newId }) {
    const agreed = agree(terms)
    assertEmployable({ birthDate: person.birthDate, startsOn: agreed.startsOn, today: now })
    const { personnelNumber } = person
    if (await tx.employee.findFirst({ where: { personnelNumber } }))
      throw refuse('PERSONNEL_NUMBER_TAKEN', `the personnel number ${personnelNumber} is taken`)
    if (!(await tx.department.findUnique({ where: { id: departmentId } }))) throw notFound('Department', departmentId)

    const editor = identity.person
    const employee = await tx.employee.create({ data: { id: newId(), ...person, departmentId, draftedAt: now } })
    const employeeId = employee.id
    const contract = await tx.contract.create({ data: { id: newId(), employeeId, lastEditedBy: editor, ...agreed } })

    return {
      payload: { employee },
      changes: [change('Employee', null, employee), change('Contract', null, contract)],
      events: [
        EmployeeDrafted({
          employeeId,
          startsOn: isoDate(agreed.startsOn),
          contractHash: contractHash(agreed),
          draftedBy: editor,
          lastEditedBy: editor,
        }),
      ],
    }
  },
})
