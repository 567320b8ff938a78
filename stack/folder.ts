import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tryLock } from './lock.mjs'
import { openSecrets, type Secrets } from './secrets.ts'

/** A folder of data that this process, and no other, works on until it lets go. */
export type DataFolder = {
  path: string
  secrets: Secrets
  release(): void
}

const standardGraceMs = 5_000
const pollMs = 100

/**
 * Claims a data folder, creating it if need be. Whoever comes second waits a moment, in case the first is
 * just stopping, and is then refused. A claim ends with its process, however that ends.
 *
 * `purpose` says to the refused what the holder does, as in "process 12, which is `purpose`".
 */
export async function claimFolder(
  path: string,
  purpose: string,
  log: (line: string) => void,
  { graceMs = standardGraceMs } = {},
): Promise<DataFolder> {
  mkdirSync(path, { recursive: true })
  const began = performance.now()
  for (let said = false; ; said = true) {
    const lock = tryLock(join(path, 'lock'), purpose)
    if ('release' in lock) return { path, secrets: openSecrets(join(path, 'secrets.json')), release: lock.release }

    const who = `process ${lock.holder.pid}, which is ${lock.holder.purpose}`
    if (performance.now() - began > graceMs)
      throw new Error(`the data in ${path} are in use by ${who}; stop it first, or choose another folder`)
    if (!said) log(`the data are in use by ${who}; waiting a moment in case it is stopping`)
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}
