import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { startSubgraph } from '@steinmetz/kernel/subgraph'
import { billing } from './subgraph.ts'

/** Serves the graph of billing. */
export const start = (env: Environment) => startSubgraph(billing, env)

if (import.meta.main) await runProcess(start)
