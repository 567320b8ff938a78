import { change, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { withdraw } from '../domain/employment.ts'
import { DraftWithdrawn } from '../events.ts'
import type { WithdrawDraftInput, WithdrawDraftPayload } from '../generated/graphql.ts'

/**
 * Withdraws a draft that will not be hired, and keeps the code of the reason. Sent by the saga hireEmployee
 * alone, when all it had done is undone.
 *
 * Refuses: EMPLOYEE_NOT_FOUND, EMPLOYEE_NOT_DRAFT.
 */
export const withdrawDraft = command<WithdrawDraftInput, WithdrawDraftPayload>({
  name: 'withdrawDraft',
  scope: 'hr:withdraw',
  check: z.object({ employeeId: id, reason: z.string().regex(/^[A-Z_]{1,64}$/, 'give a code') }),

  async execute({ employeeId, reason }, { tx }) {
    const employee = await tx.employee.findUnique({ where: { id: employeeId } })
    if (!employee) throw notFound('Employee', employeeId)
    const saved = await saveVersion(tx.employee, employee, withdraw(employee, reason))
    return {
      payload: { employeeId },
      changes: [change('Employee', employee, saved)],
      events: [DraftWithdrawn({ employeeId, reason })],
    }
  },
})
