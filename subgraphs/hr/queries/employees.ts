import { type Context, connection, filterId, keyset, type SortKey, searching } from '@steinmetz/kernel/subgraph'
import type { EmployeeFilter, EmployeeOrder, QueryEmployeesArgs } from '../generated/graphql.ts'
import type { Employee, EmployeeListed, Prisma, PrismaClient } from '../generated/prisma/client.ts'

type Listed = EmployeeListed & { employee: Employee }

const orders: Readonly<Record<EmployeeOrder, SortKey<Listed>>> = {
  PERSONNEL_NUMBER: {
    text: ({ personnelNumber }) => personnelNumber,
    column: (personnelNumber) => ({ personnelNumber }),
  },
  NAME: { text: ({ sortName }) => sortName, column: (sortName) => ({ sortName }) },
  STARTS_ON: { moment: ({ startsOn }) => startsOn, column: (startsOn) => ({ startsOn }) },
}

/** Employees, filtered and sorted as asked. */
export async function employees(
  _: unknown,
  { filter, orderBy, descending, ...page }: QueryEmployeesArgs,
  context: Context<PrismaClient>,
) {
  const where = await conditions(filter ?? {}, context)
  const { behind, orderBy: inOrder, ...order } = keyset(orderBy, orders[orderBy], descending)
  const listed = await connection<Listed>(page, {
    ...order,
    atMost: 100,
    count: () => context.read((client) => client.employeeListed.count({ where })),
    rows: (after, take) =>
      context.read((client) =>
        client.employeeListed.findMany({
          where: { AND: [where, behind(after)] },
          orderBy: inOrder,
          take,
          include: { employee: true },
        }),
      ),
  })
  return { ...listed, edges: listed.edges.map(({ cursor, node }) => ({ cursor, node: node.employee })) }
}

async function conditions(
  filter: EmployeeFilter,
  context: Context<PrismaClient>,
): Promise<Prisma.EmployeeListedWhereInput> {
  const { status, personnelNumber, startsFrom, startsUntil, search } = filter
  const departmentId = filterId(filter, 'departmentId')
  const words = search ? await context.read((client) => searching(client, search)) : []
  return {
    ...(status && { status }),
    ...(departmentId && { departmentId }),
    ...(personnelNumber && { personnelNumber }),
    startsOn: { ...(startsFrom && { gte: startsFrom }), ...(startsUntil && { lte: startsUntil }) },
    AND: words.map((spellings) => ({ OR: spellings.map((searchText) => ({ searchText })) })),
  }
}
