import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import { closeAccount } from './commands/closeAccount.ts'
import { openAccount } from './commands/openAccount.ts'
import { setBankData } from './commands/setBankData.ts'
import { setTaxData } from './commands/setTaxData.ts'
import { auditRecordFields } from './entities/AuditRecord.ts'
import { accountOf, employeeFields } from './entities/Employee.ts'
import { payrollAccountFields } from './entities/PayrollAccount.ts'
import type { QueryPayrollAccountArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { personal } from './personal.ts'
import { payrollAccounts } from './queries/payrollAccounts.ts'

/** Payroll: the accounts salaries are paid by. */
export const payroll: SubgraphDefinition<PrismaClient> = {
  name: 'payroll',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal,

  commands: [openAccount, closeAccount, setTaxData, setBankData],

  queries: {
    payrollAccount: (_: unknown, { id }: QueryPayrollAccountArgs, context: Context) =>
      context.load('PayrollAccount', id),
    payrollAccounts,
  },

  entities: {
    PayrollAccount: (client, ids) => client.payrollAccount.findMany({ where: { id: { in: ids } } }),
  },
  batches: { accountOf },

  fields: {
    PayrollAccount: payrollAccountFields,
    Employee: employeeFields,
    AuditRecord: auditRecordFields,
  },
}
