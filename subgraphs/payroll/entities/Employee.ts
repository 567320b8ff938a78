import type { Context } from '@steinmetz/kernel/subgraph'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** What payroll knows of an employee. */
export const employeeFields = {
  payrollAccount: ({ id }: { id: string }, _: unknown, context: Context) => context.batch('accountOf', id),
}

/** Payroll accounts by their employee. */
export async function accountOf(client: PrismaClient, employeeIds: string[]) {
  const accounts = await client.payrollAccount.findMany({ where: { employeeId: { in: employeeIds } } })
  return new Map(accounts.map((account) => [account.employeeId, account]))
}
