/** Tells how far the work is. Every line begins with the seconds since the start. */
export type Progress = {
  /** Something is done: a line that stays. */
  done(what: string): void
  /** How far it is: on a terminal one line that changes, elsewhere a line each. */
  update(what: string): void
}

type Output = { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined }

/** A log of a large file needs no line per row. */
const linesInFull = 500
const longestLine = 120
const clearLine = '\r\u001b[2K'

/** `now` gives milliseconds, of any beginning. */
export function progressOn(output: Output, now: () => number): Progress {
  const began = now()
  let updates = 0
  let open = false
  const stamp = () => `${((now() - began) / 1000).toFixed(1).padStart(6)} s  `
  return {
    done(what) {
      output.write(`${open ? clearLine : ''}${stamp()}${what}\n`)
      open = false
    },
    update(what) {
      updates++
      if (output.isTTY) {
        const room = Math.min(output.columns ?? longestLine, longestLine) - 1
        output.write(clearLine + (stamp() + what.replaceAll(/\p{Cc}/gu, ' ')).slice(0, room))
        open = true
      } else if (updates <= linesInFull || updates % 100 === 0) output.write(`${stamp()}${what}\n`)
    },
  }
}
