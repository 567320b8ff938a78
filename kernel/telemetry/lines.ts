import process from 'node:process'
import pino from 'pino'

/** Where a log writes its lines; `hurry` writes what is held back. */
export type Lines = { write(line: string): void; hurry?(): void }

const heldBytes = 8_192
const heldMs = 50

let shared: Lines | undefined

/**
 * The standard output of this process, one for all its logs. A write to it costs as much as the rest of a small
 * request, so lines are held back for 50 ms or 8 KiB and written together. Only a process that is killed loses them.
 */
export function standardOutput(): Lines {
  if (shared) return shared
  const destination = pino.destination({ dest: 1, sync: true, minLength: heldBytes })
  let timer: NodeJS.Timeout | undefined
  const hurry = (): void => {
    clearTimeout(timer)
    timer = undefined
    try {
      destination.flushSync()
    } catch {
      // Nobody reads the output any more, which is no reason to end less orderly.
    }
  }
  process.on('exit', hurry)
  shared = {
    write(line) {
      destination.write(line)
      timer ??= setTimeout(hurry, heldMs).unref()
    },
    hurry,
  }
  return shared
}
