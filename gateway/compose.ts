import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

/** A subgraph as composition sees it: its name, its contract, and where it is reached unless configured otherwise. */
export type SubgraphSdl = { name: string; sdl: string; url: string }

/** The subgraphs contradict each other or are broken by themselves; `reasons` says where, one sentence each. */
export class CompositionFailed extends Error {
  readonly reasons: readonly string[]

  constructor(reasons: readonly string[]) {
    super(`the subgraphs do not compose: ${reasons.join('; ')}`)
    this.name = 'CompositionFailed'
    this.reasons = reasons
  }
}

/** Where each subgraph listens on a developer's machine. SUBGRAPH_URLS overrides it everywhere else. */
const defaultPorts: Readonly<Record<string, number>> = {
  hr: 4010,
  payroll: 4011,
  approvals: 4012,
  compliance: 4013,
  processes: 4014,
  billing: 4015,
}

const supergraphFile = join(import.meta.dirname, 'supergraph.graphql')
const subgraphsFolder = join(import.meta.dirname, '..', 'subgraphs')

/**
 * Reads every `<folder>/<name>/schema.graphql`, in the order of the names, so that the same files always
 * compose to the same text. A folder without that file is no subgraph (yet) and is passed over.
 */
export async function readSubgraphs(folder: string): Promise<SubgraphSdl[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const read = names.sort().map(async (name) => {
    const sdl = await readFile(join(folder, name, 'schema.graphql'), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    const port = defaultPorts[name]
    return sdl === undefined ? [] : [{ name, sdl, url: port ? `http://127.0.0.1:${port}/graphql` : '' }]
  })
  return (await Promise.all(read)).flat()
}

/** Composes the subgraphs into the text of a supergraph, or throws CompositionFailed with every reason. */
export function composeSubgraphs(subgraphs: readonly SubgraphSdl[]): string {
  if (subgraphs.length === 0) throw new CompositionFailed(['there is no subgraph to compose'])
  const composed = composeServices(subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: parsed(name, sdl) })))
  if (composed.errors) throw new CompositionFailed(composed.errors.map((error) => error.message))
  return `# Composed from subgraphs/*/schema.graphql by gateway/compose.ts. Change those, not this.\n\n${composed.supergraphSdl.trim()}\n`
}

function parsed(name: string, sdl: string) {
  try {
    return parse(sdl, { noLocation: false })
  } catch (error) {
    throw new CompositionFailed([`[${name}] ${error instanceof Error ? error.message : String(error)}`])
  }
}

/** The first line in which two texts differ, told so that a person can find it. */
export function firstDifference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined
  const [left, right] = [expected.split('\n'), actual.split('\n')]
  const at = left.findIndex((line, index) => line !== right[index])
  const line = at < 0 ? left.length : at
  const shown = (text: string | undefined) => (text === undefined ? '(the end of the file)' : text)
  return `line ${line + 1}\n  checked in: ${shown(right[line])}\n  composed:   ${shown(left[line])}`
}

/** `--write` composes into gateway/supergraph.graphql; `--check` tells whether what is checked in is what composes. */
async function run(mode: string | undefined): Promise<number> {
  const say = (text: string) => process.stdout.write(`${text}\n`)
  if (mode !== '--write' && mode !== '--check') {
    say('usage: node gateway/compose.ts --write | --check')
    return 1
  }
  try {
    const subgraphs = await readSubgraphs(subgraphsFolder)
    const homeless = subgraphs.filter(({ url }) => url === '').map(({ name }) => name)
    if (homeless.length > 0) throw new CompositionFailed([`gateway/compose.ts names no default port for ${homeless}`])
    const composed = composeSubgraphs(subgraphs)
    if (mode === '--write') {
      await writeFile(supergraphFile, composed)
      say(`composed ${subgraphs.map(({ name }) => name).join(', ')} into gateway/supergraph.graphql`)
      return 0
    }
    const difference = firstDifference(composed, await readFile(supergraphFile, 'utf8').catch(() => ''))
    if (difference === undefined) return 0
    say(`gateway/supergraph.graphql is not what the subgraphs compose to, from ${difference}`)
    say('compose it anew with: node gateway/compose.ts --write')
    return 1
  } catch (error) {
    if (!(error instanceof CompositionFailed)) throw error
    say('the subgraphs do not compose:')
    for (const reason of error.reasons) say(`- ${reason}`)
    return 1
  }
}

if (import.meta.main) process.exitCode = await run(process.argv[2])
