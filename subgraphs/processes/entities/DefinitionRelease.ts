import { personOf, proposerOf } from '../domain/release.ts'
import type { DefinitionRelease, PrismaClient } from '../generated/prisma/client.ts'
import { keyOf } from './ProcessDefinition.ts'

/** What a release tells beyond its columns. */
export const definitionReleaseFields = {
  proposedBy: proposerOf,
  confirmedBy: ({ confirmedBy }: DefinitionRelease) => personOf(confirmedBy),
}

/** The tenant's releases by definition and version, the newest first. */
export async function releasesOf(client: PrismaClient) {
  const releases = await client.definitionRelease.findMany({ orderBy: { id: 'desc' }, take: 500 })
  return Map.groupBy(releases, ({ definition, definitionVersion }) => keyOf(definition, definitionVersion))
}
