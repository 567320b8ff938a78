import { type Context, connection, isId } from '@steinmetz/kernel/subgraph'
import type { PayrollAccountFilter, QueryPayrollAccountsArgs } from '../generated/graphql.ts'
import type { PayrollAccount, PrismaClient } from '../generated/prisma/client.ts'

/** Payroll accounts in the order of their opening, which is that of their ids. */
export async function payrollAccounts(
  _: unknown,
  { filter, ...page }: QueryPayrollAccountsArgs,
  context: Context<PrismaClient>,
) {
  const where = conditions(filter ?? {})
  return connection<PayrollAccount>(page, {
    atMost: 100,
    position: ({ id }) => id,
    isPosition: isId,
    count: () => context.read((client) => client.payrollAccount.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.payrollAccount.findMany({
          where: { AND: [where, after ? { id: { gt: after } } : {}] },
          orderBy: { id: 'asc' },
          take,
        }),
      ),
  })
}

function conditions({ status, incomplete }: PayrollAccountFilter) {
  return {
    ...(status && { status }),
    ...(incomplete === true && { OR: [{ taxId: null }, { iban: null }] }),
    ...(incomplete === false && { taxId: { not: null }, iban: { not: null } }),
  }
}
