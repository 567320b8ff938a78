import { change, expectVersion, id, line, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command } from '../command.ts'
import { assertOpen } from '../domain/account.ts'
import { bankData } from '../domain/bankData.ts'
import type { SetBankDataInput, SetBankDataPayload } from '../generated/graphql.ts'

/** A SEPA credit transfer names its creditor in at most 70 characters. */
const accountHolderAtMost = 70

/**
 * Sets the bank account an employee's salary is paid to.
 *
 * Refuses: PAYROLL_ACCOUNT_NOT_FOUND, PAYROLL_ACCOUNT_CLOSED, INVALID_INPUT.
 */
export const setBankData = command<SetBankDataInput, SetBankDataPayload>({
  name: 'setBankData',
  scope: 'payroll:write',
  check: z.object({ accountId: id, accountHolder: line(accountHolderAtMost) }),

  async execute({ accountId, expectedVersion, iban, accountHolder }, { tx }) {
    const entered = bankData({ iban, accountHolder })
    const account = await tx.payrollAccount.findUnique({ where: { id: accountId } })
    if (!account) throw notFound('PayrollAccount', accountId)
    assertOpen(account)
    expectVersion(account, expectedVersion)
    const saved = await saveVersion(tx.payrollAccount, account, entered)
    return { payload: { account: saved }, changes: [change('PayrollAccount', account, saved)] }
  },
})
