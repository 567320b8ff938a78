import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import { processesWithSubject, processFields } from './entities/Process.ts'
import { processStepFields, stepsOf } from './entities/ProcessStep.ts'
import type { QueryProcessArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { processes as listed } from './queries/processes.ts'

/** Processes: what the saga engine does, for people to see. It writes nothing; the engine does. */
export const processes: SubgraphDefinition<PrismaClient> = {
  name: 'processes',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal: {},

  commands: [],

  queries: {
    process: (_: unknown, { id }: QueryProcessArgs, context: Context) => context.load('Process', id),
    processes: listed,
  },

  entities: {
    Process: (client, ids) => processesWithSubject(client, { where: { id: { in: ids } } }),
  },
  batches: { stepsOf },

  fields: { Process: processFields, ProcessStep: processStepFields },
}
