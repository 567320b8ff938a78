import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { checkSubgraph, startSubgraph } from '@steinmetz/kernel/subgraph'
import { approvals } from './subgraph.ts'

/** Serves the graph of approvals. */
export const start = (env: Environment) => startSubgraph(approvals, env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkSubgraph(approvals, env)

if (import.meta.main) await runProcess(start)
