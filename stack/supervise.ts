import type { ChildProcess } from 'node:child_process'

/** A program that is kept running: after a crash, `child` is another process. */
export type Supervised = {
  child(): ChildProcess
  /** From now on its end is no crash. */
  letGo(): void
}

/** Pauses before a crashed program is started again; after a long life they begin anew. */
const pauses = { firstMs: 200, mostMs: 10_000, longLifeMs: 30_000 }

/** Starts a program again, with growing pauses, whenever it ends unasked. `log` hears of it. */
export function supervise(
  name: string,
  first: ChildProcess,
  startAgain: () => ChildProcess,
  log: (line: string) => void,
): Supervised {
  let child = first
  let isLetGo = false
  let pauseMs = pauses.firstMs
  let waking: NodeJS.Timeout | undefined

  const watch = () => {
    const began = performance.now()
    // One that cannot be started at all ends without an exit.
    let ended = false
    const onEnd = (how: string) => {
      if (isLetGo || ended) return
      ended = true
      if (performance.now() - began > pauses.longLifeMs) pauseMs = pauses.firstMs
      log(`${name} ended by itself (${how}); it is started again in ${pauseMs} ms`)
      waking = setTimeout(() => {
        child = startAgain()
        watch()
      }, pauseMs)
      pauseMs = Math.min(pauseMs * 2, pauses.mostMs)
    }
    child.once('exit', (code, signal) => onEnd(signal ?? `exit ${code}`))
    child.once('error', (error) => onEnd(error.message))
  }
  watch()
  return {
    child: () => child,
    letGo() {
      isLetGo = true
      clearTimeout(waking)
    },
  }
}
