import type { Context } from '@steinmetz/kernel/subgraph'

/** What became of a line of an imported table. */
export const importedRowFields = {
  employee: ({ employeeId }: { employeeId: string }, _: unknown, context: Context) =>
    context.load('Employee', employeeId),
}
