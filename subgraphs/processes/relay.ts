import { checkRelay, startRelay } from '@steinmetz/kernel/bus'
import { type Environment, runProcess } from '@steinmetz/kernel/config'

/** Drains the outbox of processes onto the event bus. */
export const start = (env: Environment) => startRelay('processes', env)

/** Throws a ConfigError that names every mistake of an environment. */
export const check = (env: Environment) => checkRelay(env)

if (import.meta.main) await runProcess(start)
