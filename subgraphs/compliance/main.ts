import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { checkSubgraph, startSubgraph } from '@steinmetz/kernel/subgraph'
import { compliance } from './subgraph.ts'

/** Serves the graph of compliance. */
export const start = (env: Environment) => startSubgraph(compliance, env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkSubgraph(compliance, env)

if (import.meta.main) await runProcess(start)
