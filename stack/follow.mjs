/**
 * Ends this process, as by SIGTERM, when whoever started it is gone: by `kill -9`, a parent cannot tell its
 * children, and an orphan would hold the ports and the data for ever. Loading this file is enough.
 *
 * npm starts us by way of shells, which survive it: so the whole line of ancestors up to npm is watched.
 */
import { readFileSync } from 'node:fs'

const lookMs = 1_000
const shellsAtMost = 4

const ancestors = lineUpToNpm()

const look = setInterval(() => {
  if (ancestors.every((pid, index) => pid === parentOf(ancestors[index - 1]))) return
  clearInterval(look) // once: a second signal would ask for haste
  process.kill(process.pid, 'SIGTERM')
}, lookMs)
look.unref()

/** Our parent, and those above it as far as npm; just our parent where npm is not among them. */
function lineUpToNpm() {
  const line = [process.ppid]
  while (line.length <= shellsAtMost && !nameOf(line.at(-1)).startsWith('npm')) line.push(parentOf(line.at(-1)))
  return nameOf(line.at(-1)).startsWith('npm') ? line : line.slice(0, 1)
}

/** Names and grandparents are known on Linux alone; elsewhere only the parent itself is watched. */
function nameOf(pid) {
  return read(`/proc/${pid}/comm`).trim()
}

function parentOf(pid) {
  if (pid === undefined) return process.ppid
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
