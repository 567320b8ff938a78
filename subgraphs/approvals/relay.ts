import { startRelay } from '@steinmetz/kernel/bus'
import { type Environment, runProcess } from '@steinmetz/kernel/config'

/** Drains the outbox of approvals onto the event bus. */
export const start = (env: Environment) => startRelay('approvals', env)

if (import.meta.main) await runProcess(start)
