import { type ChildProcess, spawn } from 'node:child_process'
import type { Account } from './binaries.ts'

/**
 * Waits for the end of its input, which comes when our process ends, however that happens; then stops the
 * server, if the pid file still names it. A shell does it, because it costs a megabyte and a Node forty.
 */
const script = 'read -r _; [ "$(head -n 1 "$2" 2>/dev/null)" = "$1" ] && kill -INT "$1"'

/**
 * Sees to it that a server does not outlive us, not even when we are killed. Returns how to end the watch,
 * which waits until the watcher is gone.
 */
export function watchOver(server: ChildProcess, pidFile: string, account: Account | undefined): () => Promise<void> {
  const watcher = spawn('/bin/sh', ['-c', script, 'sh', String(server.pid), pidFile], {
    ...account,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const gone = new Promise<void>((resolve) => {
    watcher.once('exit', () => resolve())
    watcher.once('error', () => resolve())
  })
  watcher.unref()
  const { stdin } = watcher
  // The type says a pipe, the handle is a socket; unreferenced, it does not keep our process from ending.
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref()
  stdin.on('error', () => undefined)
  return () => {
    stdin.end()
    watcher.ref()
    return gone
  }
}
