import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { assertOpen } from '../domain/account.ts'
import { taxData } from '../domain/taxData.ts'
import type { SetTaxDataInput, SetTaxDataPayload } from '../generated/graphql.ts'

/**
 * Sets what the tax office has notified about an employee (ELStAM).
 *
 * Refuses: PAYROLL_ACCOUNT_NOT_FOUND, PAYROLL_ACCOUNT_CLOSED, INVALID_INPUT.
 */
export const setTaxData = command<SetTaxDataInput, SetTaxDataPayload>({
  name: 'setTaxData',
  scope: 'payroll:write',
  check: z.object({ accountId: id }),

  async execute({ accountId, expectedVersion, ...notified }, { tx }) {
    const entered = taxData(notified)
    const account = await tx.payrollAccount.findUnique({ where: { id: accountId } })
    if (!account) throw notFound('PayrollAccount', accountId)
    assertOpen(account)
    expectVersion(account, expectedVersion)
    const saved = await saveVersion(tx.payrollAccount, account, entered)
    return { payload: { account: saved }, changes: [change('PayrollAccount', account, saved)] }
  },
})
