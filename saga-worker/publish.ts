/**
 * `node saga-worker/publish.ts`: compares the definitions with those that are published. Beside this file, in
 * published/, lies for each version its shape, for people to read, and histories that were recorded with it:
 * told the same again, it must give the same commands. `--write` adds what is new. What is published never
 * changes: running sagas stay on it, so a change is a new version.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { examples, sagas } from './definitions.ts'
import { shapeOf } from './engine/definition.ts'
import type { Saga } from './engine/saga.ts'
import { type History, replay, simulate } from './engine/simulate.ts'

const folder = join(import.meta.dirname, 'published')
const seeds = 20

function main(write: boolean): number {
  mkdirSync(folder, { recursive: true })
  const published = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
  const problems: string[] = []
  for (const saga of sagas) {
    const id = `${saga.name}.${saga.version}`
    const files = { [`${id}.json`]: () => asText(shapeOf(saga)), [`${id}.histories.jsonl`]: () => historiesOf(saga) }
    for (const [file, make] of Object.entries(files)) {
      const before = published.get(file)
      published.delete(file)
      if (before === undefined && write) writeFileSync(join(folder, file), make())
      else if (before === undefined) problems.push(`${file} is missing: publish the version with --write`)
      else if (!isSame(saga, file, before))
        problems.push(`${file} is published, and the definition differs: give it a new version`)
    }
  }
  for (const file of published.keys()) problems.push(`${file} is published, but no definition has this version`)
  process.stdout.write(problems.map((problem) => `${problem}\n`).join(''))
  return problems.length === 0 ? 0 : 1
}

/** A shape is compared; a history is told again. */
function isSame(saga: Saga, file: string, before: string): boolean {
  if (!file.endsWith('.histories.jsonl')) return before === asText(shapeOf(saga))
  const histories: History[] = before
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return histories.every(({ commands, end, ...told }) => isDeepStrictEqual(replay(saga, told), { commands, end }))
}

function historiesOf(saga: Saga): string {
  const starts = examples[saga.name] ?? []
  const histories = starts.flatMap((start) =>
    Array.from({ length: seeds }, (_, seed) => JSON.stringify(simulate(saga, saga.startOn.parse(start), seed))),
  )
  return `${histories.join('\n')}\n`
}

function asText(shape: object): string {
  return `${JSON.stringify(shape, null, 2)}\n`
}

process.exitCode = main(process.argv.includes('--write'))
