import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { startSubgraph } from '@steinmetz/kernel/subgraph'
import { approvals } from './subgraph.ts'

/** Serves the graph of approvals. */
export const start = (env: Environment) => startSubgraph(approvals, env)

if (import.meta.main) await runProcess(start)
