import { type Environment, runProcess } from '@steinmetz/kernel/config'
import { startSubgraph } from '@steinmetz/kernel/subgraph'
import { hr } from './subgraph.ts'

/** Serves the personnel graph. */
export const start = (env: Environment) => startSubgraph(hr, env)

if (import.meta.main) await runProcess(start)
