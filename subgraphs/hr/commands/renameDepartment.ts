import { change, expectVersion, id, line, saveVersion } from '@steinmetz/kernel/command'
import { notFound, refuse } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import type { RenameDepartmentInput, RenameDepartmentPayload } from '../generated/graphql.ts'

/** Renames a department. Refuses: DEPARTMENT_NOT_FOUND, DEPARTMENT_NAME_TAKEN. */
export const renameDepartment = command<RenameDepartmentInput, RenameDepartmentPayload>({
  name: 'renameDepartment',
  scope: 'hr:write',
  check: z.object({ departmentId: id, name: line(100) }),

  async execute({ departmentId, expectedVersion, name }, { tx }) {
    const department = await tx.department.findUnique({ where: { id: departmentId } })
    if (!department) throw notFound('Department', departmentId)
    expectVersion(department, expectedVersion)
    const namesake = await tx.department.findFirst({ where: { name, NOT: { id: departmentId } } })
    if (namesake) throw refuse('DEPARTMENT_NAME_TAKEN', `there is a department named ${name} already`)
    const saved = await saveVersion(tx.department, department, { name })
    return { payload: { department: saved }, changes: [change('Department', department, saved)] }
  },
})
