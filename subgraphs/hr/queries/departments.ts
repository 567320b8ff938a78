import type { Context } from '@steinmetz/kernel/subgraph'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** All departments by name. */
export const departments = (_: unknown, _args: unknown, context: Context<PrismaClient>) =>
  context.read((client) => client.department.findMany({ orderBy: { name: 'asc' } }))
