import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { checkSubgraph, startSubgraph } from '@steinmetz/kernel/subgraph'
import { hr } from './subgraph.ts'

/** Serves the personnel graph. */
export const start = (env: Environment) => startSubgraph(hr, env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkSubgraph(hr, env)

if (import.meta.main) await runProcess(start)
