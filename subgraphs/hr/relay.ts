import { checkRelay, startRelay } from '@steinmetz/kernel/bus'
import { type Environment, runProcess } from '@steinmetz/kernel/config'

/** Drains personnel's outbox onto the event bus. */
export const start = (env: Environment) => startRelay('hr', env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkRelay(env)

if (import.meta.main) await runProcess(start)
