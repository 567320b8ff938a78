import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { startSubgraph } from '@steinmetz/kernel/subgraph'
import { compliance } from './subgraph.ts'

/** Serves the graph of compliance. */
export const start = (env: Environment) => startSubgraph(compliance, env)

if (import.meta.main) await runProcess(start)
