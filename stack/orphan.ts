import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { processBirth } from './lock.mjs'

/** A server that an earlier process of ours may have left behind. */
export type Orphan = {
  /** What people call it. */
  what: string
  /** Its first line is the process id. */
  pidFile: string
  /** What the command line of this very server contains: another process may have its number by now. */
  mark: string
  log: (line: string) => void
}

const stopTimeoutMs = 20_000
const pollMs = 15

/** Stops a server that a killed process of ours left running, and clears a pid file that misleads. */
export async function stopOrphan({ what, pidFile, mark, log }: Orphan): Promise<void> {
  const pid = Number(linesOf(pidFile)?.[0])
  if (!Number.isInteger(pid) || processBirth(pid) === undefined) return
  if (!commandOf(pid).includes(mark)) {
    // The number now belongs to somebody else: a server would take that process for its own and refuse.
    rmSync(pidFile, { force: true })
    return
  }
  log(`stopping ${what} (process ${pid}), which an earlier run left behind`)
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (processBirth(pid) !== undefined) process.kill(pid, signal)
    for (const began = performance.now(); performance.now() - began < stopTimeoutMs; await pause())
      if (processBirth(pid) === undefined) return
  }
  throw new Error(`${what} (process ${pid}), which an earlier run left behind, does not end`)
}

/** The lines of a pid file; undefined where there is none. */
export function linesOf(pidFile: string): string[] | undefined {
  try {
    return readFileSync(pidFile, 'utf8').split('\n')
  } catch {
    return undefined
  }
}

function commandOf(pid: number): string {
  try {
    return process.platform === 'linux'
      ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  } catch {
    return ''
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, pollMs))
}
