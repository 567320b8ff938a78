import type { Context } from '@steinmetz/kernel/subgraph'
import type { ProcessSubject } from '../generated/graphql.ts'
import type { Definition, Instance, Prisma, PrismaClient } from '../generated/prisma/client.ts'
import { codeOf } from './trouble.ts'

/** A saga as the engine keeps it, with what its definition says it is about. */
export type Process = Instance & { published: Pick<Definition, 'subject'> }

type SubjectType = NonNullable<ProcessSubject['__typename']>

/** The members of the contract's union ProcessSubject. A process may be about something that is not in the graph. */
const subjectTypes: readonly SubjectType[] = ['Employee', 'Invoice']

/** What a process tells beyond its columns. */
export const processFields = {
  subject({ published, correlation }: Process) {
    const __typename = subjectTypes.find((type) => type === published.subject)
    return __typename ? { __typename, id: subjectId(correlation) } : null
  },
  reason: ({ state, error, reason }: Process) => codeOf(state === 'STUCK' ? error : reason),
  startedAt: ({ createdAt }: Process) => createdAt,
  steps: async ({ id }: Process, _: unknown, context: Context) => (await context.batch('stepsOf', id)) ?? [],
  timeline: async ({ id }: Process, _: unknown, context: Context) => (await context.batch('timelineOf', id)) ?? [],
  orders: async ({ id }: Process, _: unknown, context: Context) => (await context.batch('ordersOf', id)) ?? [],
}

/** A process about something that can have several of them is correlated by its id, a colon, and what tells them apart. */
const subjectId = (correlation: string) => correlation.split(':', 1)[0]

/** Loads processes along with what they are about. */
export function processesWithSubject(
  client: PrismaClient,
  query: Pick<Prisma.InstanceFindManyArgs, 'where' | 'orderBy' | 'take'>,
): Promise<Process[]> {
  return client.instance.findMany({ ...query, include: { published: { select: { subject: true } } } })
}
