import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { checkSubgraph, startSubgraph } from '@steinmetz/kernel/subgraph'
import { processes } from './subgraph.ts'

/** Serves the processes graph. */
export const start = (env: Environment) => startSubgraph(processes, env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkSubgraph(processes, env)

if (import.meta.main) await runProcess(start)
