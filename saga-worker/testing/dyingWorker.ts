import { type Environment, type Running, runProcess } from '@steinmetz/kernel/config'
import { start } from '../main.ts'

/**
 * The worker as production runs it, but for this: at the nth time it comes to the boundary that DIES_AT names,
 * the process is gone, as by kill -9. `DIES_AT=after send:3`.
 */
async function startDying(env: Environment): Promise<Running> {
  const [boundary, nth = '1'] = env.DIES_AT?.split(':') ?? []
  let left = Number(nth)
  return start(env, {
    at: (reached) => {
      if (reached === boundary && --left === 0) process.kill(process.pid, 'SIGKILL')
    },
  })
}

await runProcess(startDying)
