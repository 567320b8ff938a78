/**
 * `node saga-worker/publish.ts`: compares the definitions with those that are published, which lie beside
 * this file in published/, one for each version, for people to read. `--write` adds what is new. What is
 * published never changes: running sagas stay on it, so a change is a new version.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sagas } from './definitions.ts'
import { shapeOf } from './engine/definition.ts'

const folder = join(import.meta.dirname, 'published')

function main(write: boolean): number {
  const published = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
  const problems: string[] = []
  for (const saga of sagas) {
    const file = `${saga.name}.${saga.version}.json`
    const text = `${JSON.stringify(shapeOf(saga), null, 2)}\n`
    const before = published.get(file)
    published.delete(file)
    if (before === text) continue
    if (before !== undefined) problems.push(`${file} is published, and the definition differs: give it a new version`)
    else if (write) writeFileSync(join(folder, file), text)
    else problems.push(`${file} is missing: publish the version with --write`)
  }
  for (const file of published.keys()) problems.push(`${file} is published, but no definition has this version`)
  process.stdout.write(problems.map((problem) => `${problem}\n`).join(''))
  return problems.length === 0 ? 0 : 1
}

process.exitCode = main(process.argv.includes('--write'))
