import type { Context } from '@steinmetz/kernel/subgraph'
import type { Employee, PrismaClient } from '../generated/prisma/client.ts'

/** What belongs to an employee beyond the row. */
export const employeeFields = {
  department: ({ departmentId }: Employee, _: unknown, context: Context) => context.load('Department', departmentId),
  contract: ({ id }: Employee, _: unknown, context: Context) => context.batch('contractOf', id),
  onboarding: async ({ id }: Employee, _: unknown, context: Context) => (await context.batch('onboardingOf', id)) ?? [],
}

/** Contracts by their employee. */
export async function contractOf(client: PrismaClient, employeeIds: string[]) {
  const contracts = await client.contract.findMany({ where: { employeeId: { in: employeeIds } } })
  return new Map(contracts.map((contract) => [contract.employeeId, contract]))
}

/** Onboarding lists by their employee, in the order of the list. */
export async function onboardingOf(client: PrismaClient, employeeIds: string[]) {
  const tasks = await client.onboardingTask.findMany({
    where: { employeeId: { in: employeeIds } },
    orderBy: { position: 'asc' },
  })
  return Map.groupBy(tasks, (task) => task.employeeId)
}
