/**
 * Ends this process, as by SIGTERM, when whoever started it is gone: by `kill -9`, a parent cannot tell its
 * children, and an orphan would hold the ports and the data for ever. Loading this file is enough.
 *
 * npm starts us by way of a shell, which survives npm: then it is the shell's parent that matters.
 */
import { readFileSync } from 'node:fs'

const lookMs = 1_000

const parent = process.ppid
const viaShell = /^(sh|dash|bash|zsh|ash)$/.test(nameOf(parent))
const grandparent = viaShell ? parentOf(parent) : undefined

const look = setInterval(() => {
  const orphaned = process.ppid !== parent || (viaShell && parentOf(parent) !== grandparent)
  if (!orphaned) return
  clearInterval(look) // once: a second signal would ask for haste
  process.kill(process.pid, 'SIGTERM')
}, lookMs)
look.unref()

/** Both are known on Linux alone; elsewhere only the parent itself is watched. */
function nameOf(pid) {
  return read(`/proc/${pid}/comm`).trim()
}

function parentOf(pid) {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
