import { randomBytes } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'
import { removeElsewhere } from '../binaries.ts'
import { asSuperuser, createRoles, roleNames } from '../databases.ts'
import { claimFolder } from '../folder.ts'
import { tryLock } from '../lock.mjs'
import { startPostgres } from '../postgres.ts'
import { testSpecs } from './specs.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's server: its port, and the one password of the superuser and of every role. */
    postgres: { port: number; password: string }
  }
}

const runs = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.data', 'test')
const log = (line: string) => void process.stderr.write(`· ${line}\n`)

/** Starts the one PostgreSQL of a test run, in a folder of its own that is gone afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await sweep()
  const folder = await claimFolder(join(runs, `run-${process.pid}`), 'running tests', log)
  const password = await folder.secrets.get('postgres', () => randomBytes(24).toString('base64url'))
  const postgres = await startPostgres({ folder, port: 0, durable: false, log })
  await asSuperuser(postgres.url('postgres'), (client) =>
    createRoles(client, new Map(testSpecs.flatMap(roleNames).map((name) => [name, password]))),
  )
  project.provide('postgres', { port: postgres.port, password })
  return async () => {
    await postgres.stop()
    remove(folder.path)
  }
}

/** Removes what killed runs left behind: folders that nobody holds any more. */
async function sweep(): Promise<void> {
  const left = ((): string[] => {
    try {
      return readdirSync(runs)
    } catch {
      return [] // the first run
    }
  })()
  for (const name of left) {
    const lock = tryLock(join(runs, name, 'lock'), 'sweeping')
    if ('release' in lock) remove(join(runs, name))
  }
}

function remove(path: string): void {
  removeElsewhere(path)
  rmSync(path, { recursive: true, force: true })
}
