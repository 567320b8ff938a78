/**
 * A lock file that outlives nobody: it names its holder, and counts only while that very process lives.
 *
 * Plain JavaScript, because the bootstrap uses it on the machine's own Node, before anything is installed.
 */
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * When a process began, as text that no later process of the same id shares; undefined when there is no
 * such process, or only its zombie.
 */
export function processBirth(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name of the program, in parentheses, may itself contain spaces: count from its end.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
    }
    const started = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return started || undefined
  } catch {
    return undefined
  }
}

/**
 * Takes the lock at `path`, or tells who holds it. Never waits. A lock whose holder is gone, even by
 * `kill -9`, is taken over.
 *
 * @returns {{ release(): void } | { holder: { pid: number, purpose: string } }}
 */
export function tryLock(path, purpose) {
  mkdirSync(dirname(path), { recursive: true })
  const mine = `${JSON.stringify({ pid: process.pid, born: processBirth(process.pid), purpose })}\n`
  for (;;) {
    if (linkNew(path, mine)) return { release: () => releaseLock(path, mine) }
    const found = read(path)
    if (found === undefined) continue
    const holder = parse(found)
    if (holder && processBirth(holder.pid) === holder.born) return { holder }
    removeStale(path, found)
  }
}

/** Written aside and linked into place, so that nobody ever reads half a lock. */
function linkNew(path, content) {
  const aside = `${path}.${randomUUID()}`
  writeFileSync(aside, content, { mode: 0o644 })
  try {
    linkSync(aside, path)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

/** Two who find the same stale lock may both come here: what is removed must be what was judged. */
function removeStale(path, judged) {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
    if (read(aside) !== judged) linkSync(aside, path)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function releaseLock(path, mine) {
  if (read(path) === mine) rmSync(path, { force: true })
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
