import { change, line } from '@steinmetz/kernel/command'
import { refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import type { CreateDepartmentInput, CreateDepartmentPayload } from '../generated/graphql.ts'

/** Creates a department. Refuses: DEPARTMENT_NAME_TAKEN. */
export const createDepartment = command<CreateDepartmentInput, CreateDepartmentPayload>({
  name: 'createDepartment',
  scope: 'hr:write',
  check: z.object({ name: line(100) }),

  async execute({ name }, { tx, newId }) {
    const namesake = await tx.department.findFirst({ where: { name } })
    if (namesake) throw refuse('DEPARTMENT_NAME_TAKEN', `there is a department named ${name} already`)
    const department = await tx.department.create({ data: { id: newId(), name } })
    return { payload: { department }, changes: [change('Department', null, department)] }
  },
})
