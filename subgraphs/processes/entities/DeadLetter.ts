import type { Context } from '@steinmetz/kernel/subgraph'
import type { DeadLetter } from '../generated/prisma/client.ts'

/** What a dead letter tells beyond its columns. */
export const deadLetterFields = {
  process: ({ sagaId }: DeadLetter, _: unknown, context: Context) => sagaId && context.load('Process', sagaId),
  traceId: ({ traceparent }: DeadLetter) => traceparent?.split('-')[1] ?? null,
  orders: async ({ id }: DeadLetter, _: unknown, context: Context) => (await context.batch('letterOrdersOf', id)) ?? [],
}
