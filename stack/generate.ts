/**
 * Generates what is not written by hand: each domain's Prisma client and GraphQL types, and the saga
 * worker's client of all mutations. What has not changed is left as it is. Nothing of it is checked in.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { commandClient } from '@steinmetz/saga-worker/generate'
import { generatePrisma } from './generate-prisma.ts'
import { typesOf } from './generate-types.ts'

const root = dirname(import.meta.dirname)

async function main(): Promise<void> {
  const work: { what: string; done: Promise<boolean> }[] = []
  for (const domain of await foldersWith('prisma', 'schema.prisma'))
    work.push({ what: `Prisma client of ${domain}`, done: generatePrisma(root, domain) })

  const subgraphs: { name: string; sdl: string }[] = []
  for (const name of await foldersWith('subgraphs', 'schema.graphql')) {
    const sdl = await readFile(join(root, 'subgraphs', name, 'schema.graphql'), 'utf8')
    subgraphs.push({ name, sdl })
    const file = join(root, 'subgraphs', name, 'generated', 'graphql.ts')
    work.push({ what: `GraphQL types of ${name}`, done: written(file, () => typesOf(sdl)) })
  }
  const client = join(root, 'saga-worker', 'generated', 'commands.ts')
  work.push({ what: 'command client of the saga worker', done: written(client, () => commandClient(subgraphs)) })

  const results = await Promise.allSettled(work.map(({ done }) => done))
  for (const [at, result] of results.entries()) {
    const what = work[at]?.what
    if (result.status === 'rejected') {
      const { reason } = result as { reason: unknown }
      process.stderr.write(`${what}: ${reason instanceof Error ? reason.message : String(reason)}\n`)
      process.exitCode = 1
    } else if (result.value) process.stdout.write(`  ${what}\n`)
  }
}

/** Writes a file unless it says so already. Returns whether it had to. */
async function written(file: string, content: () => string): Promise<boolean> {
  let text: string
  try {
    text = content()
  } catch (error) {
    throw new Error(`${relative(root, file)}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if ((await readFile(file, 'utf8').catch(() => undefined)) === text) return false
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return true
}

async function foldersWith(folder: string, file: string): Promise<string[]> {
  const names = await readdir(join(root, folder)).catch(() => [])
  return names.filter((name) => existsSync(join(root, folder, name, file))).sort()
}

await main()
