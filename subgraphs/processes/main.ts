import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { startSubgraph } from '@steinmetz/kernel/subgraph'
import { processes } from './subgraph.ts'

/** Serves the processes graph. */
export const start = (env: Environment) => startSubgraph(processes, env)

if (import.meta.main) await runProcess(start)
