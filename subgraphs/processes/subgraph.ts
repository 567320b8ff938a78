import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import { cancelProcess } from './commands/cancelProcess.ts'
import { confirmDefinitionRelease } from './commands/confirmDefinitionRelease.ts'
import { proposeDefinitionRelease } from './commands/proposeDefinitionRelease.ts'
import { redriveDeadLetter } from './commands/redriveDeadLetter.ts'
import { redriveProcess } from './commands/redriveProcess.ts'
import { redriveProcesses } from './commands/redriveProcesses.ts'
import { resumeProcess } from './commands/resumeProcess.ts'
import { skipDeadLetter } from './commands/skipDeadLetter.ts'
import { skipProcessStep } from './commands/skipProcessStep.ts'
import { withdrawDefinitionRelease } from './commands/withdrawDefinitionRelease.ts'
import { deadLetterFields } from './entities/DeadLetter.ts'
import { definitionReleaseFields, releasesOf } from './entities/DefinitionRelease.ts'
import { letterOrdersOf, operatorOrderFields, ordersOf } from './entities/OperatorOrder.ts'
import { processesWithSubject, processFields } from './entities/Process.ts'
import { processAttemptFields, timelineOf } from './entities/ProcessAttempt.ts'
import { processDefinitionFields, runningOf, versionsOf } from './entities/ProcessDefinition.ts'
import { processStepFields, stepsOf } from './entities/ProcessStep.ts'
import type { QueryProcessArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { deadLetters } from './queries/deadLetters.ts'
import { processChanged } from './queries/processChanged.ts'
import { processes as listed } from './queries/processes.ts'

/** Processes: what the saga engine does, for people to see, and their orders, which the engine carries out. */
export const processes: SubgraphDefinition<PrismaClient> = {
  name: 'processes',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal: {},

  commands: [
    cancelProcess,
    confirmDefinitionRelease,
    proposeDefinitionRelease,
    redriveDeadLetter,
    redriveProcess,
    redriveProcesses,
    resumeProcess,
    skipDeadLetter,
    skipProcessStep,
    withdrawDefinitionRelease,
  ],

  queries: {
    process: (_: unknown, { id }: QueryProcessArgs, context: Context) => context.load('Process', id),
    processes: listed,
    deadLetters,
    processDefinitions: (_: unknown, __: unknown, context: Context<PrismaClient>) =>
      context.read((client) => client.definition.findMany({ orderBy: [{ name: 'asc' }, { version: 'desc' }] })),
  },

  subscriptions: { processChanged: { subscribe: processChanged } },

  entities: {
    Process: (client, ids) => processesWithSubject(client, { where: { id: { in: ids } } }),
    DeadLetter: (client, ids) => client.deadLetter.findMany({ where: { id: { in: ids } } }),
    DefinitionRelease: (client, ids) => client.definitionRelease.findMany({ where: { id: { in: ids } } }),
  },
  batches: { stepsOf, timelineOf, ordersOf, letterOrdersOf, runningOf, versionsOf, releasesOf },

  fields: {
    Process: processFields,
    ProcessStep: processStepFields,
    ProcessAttempt: processAttemptFields,
    OperatorOrder: operatorOrderFields,
    DeadLetter: deadLetterFields,
    ProcessDefinition: processDefinitionFields,
    DefinitionRelease: definitionReleaseFields,
  },
}
