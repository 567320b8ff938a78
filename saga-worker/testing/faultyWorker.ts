import { flushCompileCache } from 'node:module'
import { type Environment, type Running, runProcess } from '@steinmetz/kernel/config'
import { start } from '../main.ts'
import { branchCommands, inspection, transfer } from './transfer.ts'

/**
 * The worker as production runs it, but for what it knows and how it ends: it knows the processes made for trying
 * the engine, in as many versions as TRANSFER_VERSIONS says; and at the nth time it comes to the boundary that
 * DIES_AT names, the process is gone, as by kill -9. `DIES_AT=after send:3`. Without it, it lives.
 */
async function startFaulty(env: Environment): Promise<Running> {
  const [boundary, nth = '1'] = env.DIES_AT?.split(':') ?? []
  let left = Number(nth)
  const versions = Array.from({ length: Number(env.TRANSFER_VERSIONS ?? '1') }, (_, before) => transfer(before + 1))
  // By itself it is kept at a process's end, and most of these do not come to one.
  flushCompileCache()
  return start(env, {
    business: { sagas: [...versions, inspection()], commands: branchCommands },
    at: (reached) => {
      if (reached === boundary && --left === 0) process.kill(process.pid, 'SIGKILL')
    },
  })
}

await runProcess(startFaulty)
