import { Worker } from 'node:worker_threads'
import type { Environment } from '@steinmetz/kernel/config'

/** The lines of an environment file that go to services as they are: to all of them, and to the gateway alone. */
export type Lines = { common: Environment; studio: Environment }

/**
 * What is wrong with the lines that services read themselves, one sentence each, with the services it is of. It is asked
 * in a thread: the code of all services shall not stay with the process that only watches over them.
 */
export function problemsOfServices(lines: Lines): Promise<readonly string[]> {
  const thread = new Worker(new URL('./settingsThread.ts', import.meta.url), { workerData: lines })
  return new Promise((resolve, reject) => {
    thread.once('message', resolve)
    thread.once('error', reject)
    thread.once('exit', () => reject(new Error('the settings of the services could not be checked')))
  })
}
