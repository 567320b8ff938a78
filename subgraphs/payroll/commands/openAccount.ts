import { change, id, saveVersion } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command } from '../command.ts'
import { reopen } from '../domain/account.ts'
import type { OpenAccountInput, OpenAccountPayload } from '../generated/graphql.ts'

/**
 * Opens an employee's payroll account. A closed one is opened again, empty: the employee is hired anew.
 * Sent by the saga hireEmployee alone.
 *
 * Refuses: PAYROLL_ACCOUNT_EXISTS.
 */
export const openAccount = command<OpenAccountInput, OpenAccountPayload>({
  name: 'openAccount',
  scope: 'payroll:accounts',
  check: z.object({ employeeId: id }),

  async execute({ employeeId, startsOn: opensOn }, { tx, newId }) {
    const account = await tx.payrollAccount.findFirst({ where: { employeeId } })
    const saved = account
      ? await saveVersion(tx.payrollAccount, account, reopen(account, opensOn))
      : await tx.payrollAccount.create({ data: { id: newId(), employeeId, opensOn } })
    return { payload: { accountId: saved.id }, changes: [change('PayrollAccount', account, saved)] }
  },
})
