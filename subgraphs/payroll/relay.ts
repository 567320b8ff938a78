import { checkRelay, startRelay } from '@steinmetz/kernel/bus'
import { type Environment, runProcess } from '@steinmetz/kernel/config'

/** Drains payroll's outbox onto the event bus: its audit records, as it tells no other event. */
export const start = (env: Environment) => startRelay('payroll', env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkRelay(env)

if (import.meta.main) await runProcess(start)
