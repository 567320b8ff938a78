import { id, unchanged } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { contractHash } from '../domain/contract.ts'
import { assertDraft } from '../domain/employment.ts'
import type { ReadContractInput, ReadContractPayload } from '../generated/graphql.ts'

/**
 * Tells what there is to approve of a draft: the hash of its contract as it is, and who last edited it. Changes
 * nothing; a replay tells what it told at first. Sent by the saga hireEmployee alone.
 *
 * Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_NOT_DRAFT.
 */
export const readContract = command<ReadContractInput, ReadContractPayload>({
  name: 'readContract',
  scope: 'hr:activate',
  check: z.object({ employeeId: id }),

  async execute({ employeeId }, { tx }) {
    const employee = await tx.employee.findUnique({ where: { id: employeeId }, include: { contract: true } })
    if (!employee?.contract) throw notFound('Employee', employeeId)
    assertDraft(employee)
    const { lastEditedBy } = employee.contract
    return unchanged({ contractHash: contractHash(employee.contract), lastEditedBy })
  },
})
