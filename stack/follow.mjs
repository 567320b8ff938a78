/**
 * Ends a process when whoever started it is gone: by `kill -9`, a parent cannot tell its children, and an
 * orphan would hold the ports and the data for ever.
 */
import { readFileSync } from 'node:fs'

const lookMs = 1_000
const shellsAtMost = 4

/** Sends this process SIGTERM, once, when its line of ancestors is no longer the one given, nearest first. */
export function follow(line) {
  const look = setInterval(() => {
    if (line.every((pid, index) => pid === (index === 0 ? process.ppid : parentOf(line[index - 1])))) return
    clearInterval(look) // a second signal would ask for haste
    process.kill(process.pid, 'SIGTERM')
  }, lookMs)
  look.unref()
}

/**
 * Our parent, and those above it as far as npm, which starts us by way of shells that survive it; just our
 * parent where npm is not among them.
 */
export function lineUpToNpm() {
  const line = [process.ppid]
  while (line.length <= shellsAtMost && !isNpm(line.at(-1))) line.push(parentOf(line.at(-1)))
  return isNpm(line.at(-1)) ? line : line.slice(0, 1)
}

/** Names and grandparents are known on Linux alone; elsewhere only the parent itself is followed. */
function isNpm(pid) {
  return read(`/proc/${pid}/comm`).startsWith('npm')
}

function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`)
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
