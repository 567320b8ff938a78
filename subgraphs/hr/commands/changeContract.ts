import { change, expectVersion, id, line, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, holdEmployee } from '../command.ts'
import { agree, contractHash } from '../domain/contract.ts'
import { assertDraft, assertEmployable } from '../domain/employment.ts'
import { ContractChanged } from '../events.ts'
import type { ChangeContractInput, ChangeContractPayload } from '../generated/graphql.ts'

/**
 * Changes the contract of a draft. Whoever does is its last editor and cannot approve it; an approval given
 * before is void.
 *
 * Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_NOT_DRAFT, INVALID_INPUT.
 */
export const changeContract = command<ChangeContractInput, ChangeContractPayload>({
  name: 'changeContract',
  scope: 'hr:write',
  check: z.object({ employeeId: id, contract: z.object({ position: line(200) }) }),

  async execute({ employeeId, expectedVersion, contract: terms }, { tx, now, identity }) {
    const agreed = agree(terms)
    await holdEmployee(tx, employeeId)
    const employee = await tx.employee.findUnique({ where: { id: employeeId }, include: { contract: true } })
    if (!employee?.contract) throw notFound('Employee', employeeId)
    assertDraft(employee)
    assertEmployable({ birthDate: employee.birthDate, startsOn: agreed.startsOn, today: now })
    expectVersion(employee.contract, expectedVersion)

    const lastEditedBy = identity.person
    const saved = await saveVersion(tx.contract, employee.contract, { ...agreed, lastEditedBy })
    return {
      payload: { contract: saved },
      changes: [change('Contract', employee.contract, saved)],
      events: [ContractChanged({ employeeId, contractHash: contractHash(agreed), lastEditedBy })],
    }
  },
})
