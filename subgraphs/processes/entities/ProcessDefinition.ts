import type { Context } from '@steinmetz/kernel/subgraph'
import { z } from 'zod'
import { otherChanges, stepChanges } from '../domain/difference.ts'
import type { ProcessDefinitionChangesArgs } from '../generated/graphql.ts'
import type { Definition, PrismaClient } from '../generated/prisma/client.ts'

type Running = { readonly running: number; readonly stuck: number }

const shape = z.looseObject({ steps: z.array(z.looseObject({ name: z.string(), kind: z.string() })).default([]) })

/** What a definition tells beyond its columns. */
export const processDefinitionFields = {
  contentHash: ({ contentHash }: Definition) => Buffer.from(contentHash).toString('hex'),
  steps: (definition: Definition) => shape.parse(definition.shape).steps,
  runningCount: async (definition: Definition, _: unknown, context: Context) =>
    (await runningOn(definition, context))?.running ?? 0,
  stuckCount: async (definition: Definition, _: unknown, context: Context) =>
    (await runningOn(definition, context))?.stuck ?? 0,
  changes,
  releases: async ({ name, version }: Definition, _: unknown, context: Context) =>
    (await context.batch('releasesOf', keyOf(name, version))) ?? [],
}

/** What a version does differently from another, the one before it unless said otherwise; null where there is none. */
async function changes(definition: Definition, { since }: ProcessDefinitionChangesArgs, context: Context) {
  const versions = (await context.batch<readonly Definition[]>('versionsOf', definition.name)) ?? []
  const former = versions.filter(({ version }) => (since ? version === since : version < definition.version)).at(-1)
  if (!former || former.version === definition.version) return null
  const [before, after] = [shape.parse(former.shape), shape.parse(definition.shape)]
  return {
    since: former.version,
    steps: stepChanges(before, after),
    others: otherChanges(before, after),
    stayingCount: (await runningOn(former, context))?.running ?? 0,
  }
}

/** All versions by their name, the oldest first. */
export async function versionsOf(client: PrismaClient, names: string[]) {
  const versions = await client.definition.findMany({ where: { name: { in: names } }, orderBy: { version: 'asc' } })
  return Map.groupBy(versions, ({ name }) => name)
}

const runningOn = ({ name, version }: Definition, context: Context) =>
  context.batch<Running>('runningOf', keyOf(name, version))

/** How many of the tenant's processes have not ended, by definition and version. */
export async function runningOf(client: PrismaClient): Promise<ReadonlyMap<string, Running>> {
  const counts = await client.instance.groupBy({
    by: ['definition', 'definitionVersion', 'state'],
    where: { finishedAt: null },
    _count: true,
  })
  const byDefinition = Map.groupBy(counts, (count) => keyOf(count.definition, count.definitionVersion))
  const sum = (some: typeof counts) => some.reduce((total, { _count }) => total + _count, 0)
  return new Map(
    [...byDefinition].map(([key, all]) => {
      const stuck = all.filter(({ state }) => state === 'STUCK')
      return [key, { running: sum(all), stuck: sum(stuck) }]
    }),
  )
}

/** By what a version of a definition is found among many. */
export const keyOf = (name: string, version: number) => `${name}@${version}`
