import { change, id, saveVersion, unchanged } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command } from '../command.ts'
import { close } from '../domain/account.ts'
import type { CloseAccountInput, CloseAccountPayload } from '../generated/graphql.ts'

/**
 * Undoes openAccount: closes the account that was opened. Where openAccount never arrived or was refused
 * there is nothing to close; an account that someone else has opened stays as it is. Sent by the saga
 * hireEmployee alone. Refuses nothing, so that a rollback always gets through.
 */
export const closeAccount = command<CloseAccountInput, CloseAccountPayload>({
  name: 'closeAccount',
  scope: 'payroll:accounts',
  compensates: 'openAccount',
  check: z.object({ employeeId: id }),

  async execute({ employeeId }, { tx, now, forwardDone }) {
    if (!forwardDone) return unchanged({ accountId: null })
    const account = await tx.payrollAccount.findFirst({ where: { employeeId } })
    if (!account || account.status === 'CLOSED') return unchanged({ accountId: account?.id ?? null })
    const saved = await saveVersion(tx.payrollAccount, account, close(now))
    return { payload: { accountId: saved.id }, changes: [change('PayrollAccount', account, saved)] }
  },
})
