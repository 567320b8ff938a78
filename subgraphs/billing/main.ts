import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { checkSubgraph, startSubgraph } from '@steinmetz/kernel/subgraph'
import { billing } from './subgraph.ts'

/** Serves the graph of billing. */
export const start = (env: Environment) => startSubgraph(billing, env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkSubgraph(billing, env)

if (import.meta.main) await runProcess(start)
