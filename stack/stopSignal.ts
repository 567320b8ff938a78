/** One Ctrl-C comes twice, from the terminal and by way of npm: only a later one is a second Ctrl-C. */
const sameSignalMs = 1_000

/** Calls `stop` at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function onStopSignal(stop: () => void): void {
  let firstAt: number | undefined
  const hear = (signal: 'SIGINT' | 'SIGTERM') => {
    const now = performance.now()
    if (firstAt !== undefined && now - firstAt > sameSignalMs) process.exit(signal === 'SIGINT' ? 130 : 143)
    if (firstAt !== undefined) return
    firstAt = now
    stop()
  }
  process.on('SIGINT', hear)
  process.on('SIGTERM', hear)
}
