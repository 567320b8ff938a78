import { type Context, connection } from '@steinmetz/kernel/subgraph'
import type { QueryEmployeesArgs } from '../generated/graphql.ts'
import type { Employee, PrismaClient } from '../generated/prisma/client.ts'

/** Employees by personnel number, which is unique and does not change. */
export async function employees(_: unknown, { filter, ...page }: QueryEmployeesArgs, context: Context<PrismaClient>) {
  const where = {
    ...(filter?.status && { status: filter.status }),
    ...(filter?.departmentId && { departmentId: filter.departmentId }),
    ...(filter?.personnelNumber && { personnelNumber: filter.personnelNumber }),
  }
  return connection<Employee>(page, {
    atMost: 100,
    position: ({ personnelNumber }) => personnelNumber,
    count: () => context.read((client) => client.employee.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.employee.findMany({
          where: { AND: [where, after ? { personnelNumber: { gt: after } } : {}] },
          orderBy: { personnelNumber: 'asc' },
          take,
        }),
      ),
  })
}
