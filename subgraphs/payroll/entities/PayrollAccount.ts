import type { Context } from '@steinmetz/kernel/subgraph'
import type { PayrollAccount } from '../generated/prisma/client.ts'

/** What a payroll account tells beyond its columns. */
export const payrollAccountFields = {
  employee: ({ employeeId }: PayrollAccount) => ({ id: employeeId }),

  taxData({ taxClass, taxId, childAllowanceHalves, churchTax }: PayrollAccount) {
    if (childAllowanceHalves === null) return null
    return { taxClass, taxId, childAllowances: childAllowanceHalves / 2, churchTax }
  },

  /** Reading where a salary goes is itself recorded; where there is nothing to read it is not. */
  async bankData({ id, iban, accountHolder }: PayrollAccount, _: unknown, context: Context) {
    if (iban === null) return null
    await context.recordView('PayrollAccount', id)
    return { iban, accountHolder }
  },
}
