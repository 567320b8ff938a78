import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { checkSubgraph, startSubgraph } from '@steinmetz/kernel/subgraph'
import { payroll } from './subgraph.ts'

/** Serves the payroll graph. */
export const start = (env: Environment) => startSubgraph(payroll, env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkSubgraph(payroll, env)

if (import.meta.main) await runProcess(start)
