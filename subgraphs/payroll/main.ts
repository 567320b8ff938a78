import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { startSubgraph } from '@steinmetz/kernel/subgraph'
import { payroll } from './subgraph.ts'

/** Serves the payroll graph. */
export const start = (env: Environment) => startSubgraph(payroll, env)

if (import.meta.main) await runProcess(start)
