import { byId, type Context, connection, filterId, keyset, type SortKey } from '@steinmetz/kernel/subgraph'
import type { PayrollAccountFilter, QueryPayrollAccountsArgs } from '../generated/graphql.ts'
import type { PayrollAccount, Prisma, PrismaClient } from '../generated/prisma/client.ts'

const byOpening: SortKey<PayrollAccount> = { moment: ({ opensOn }) => opensOn, column: (opensOn) => ({ opensOn }) }

/** Payroll accounts, filtered and sorted as asked. */
export async function payrollAccounts(
  _: unknown,
  { filter, orderBy, descending, ...page }: QueryPayrollAccountsArgs,
  context: Context<PrismaClient>,
) {
  const where = conditions(filter ?? {})
  const order = orderBy === 'CREATED' ? byId(descending) : keyset(orderBy, byOpening, descending)
  return connection<PayrollAccount>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.payrollAccount.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.payrollAccount.findMany({
          where: { AND: [where, order.behind(after)] },
          orderBy: order.orderBy,
          take,
        }),
      ),
  })
}

function conditions(filter: PayrollAccountFilter): Prisma.PayrollAccountWhereInput {
  const { status, incomplete, opensFrom, opensUntil } = filter
  const employeeId = filterId(filter, 'employeeId')
  return {
    ...(status && { status }),
    ...(employeeId && { employeeId }),
    ...(incomplete === true && { OR: [{ taxId: null }, { iban: null }] }),
    ...(incomplete === false && { taxId: { not: null }, iban: { not: null } }),
    opensOn: { ...(opensFrom && { gte: opensFrom }), ...(opensUntil && { lte: opensUntil }) },
  }
}
