import { refuse } from '@steinmetz/kernel/errors'
import type { Definition, DefinitionRelease } from '../generated/prisma/client.ts'

export type ReleaseKind = 'ACTIVATE' | 'RETIRE'

/** A version as a release finds it, and the version of the same name that new processes begin on. */
export type Versions = {
  readonly definition: Pick<Definition, 'status' | 'contentHash'>
  readonly active: number | null
}

/** Decides whether a version may be activated or retired as things stand. Refuses DEFINITION_ACTIVE, DEFINITION_RETIRED. */
export function allowRelease(kind: ReleaseKind, { status }: Pick<Definition, 'status'>): void {
  if (status === 'RETIRED')
    throw refuse('DEFINITION_RETIRED', 'the version is retired: publish what you need as a new one')
  if (status !== 'ACTIVE') return
  throw kind === 'ACTIVATE'
    ? refuse('DEFINITION_ACTIVE', 'new processes begin on this version already')
    : refuse('DEFINITION_ACTIVE', 'new processes begin on this version: activate another one first')
}

/**
 * Decides a confirmation: by a second person, and of what was proposed alone. The engine decides once more when it
 * carries it out. Refuses RELEASE_NOT_OPEN, FOUR_EYES_VIOLATED, RELEASE_OUTDATED, and what a proposal refuses.
 */
export function confirmRelease(release: DefinitionRelease, person: string, { definition, active }: Versions): void {
  expectOpen(release)
  if (proposerOf(release) === person)
    throw refuse('FOUR_EYES_VIOLATED', 'whoever proposed a release cannot confirm it: a second person must')
  allowRelease(release.kind as ReleaseKind, definition)
  if (release.kind === 'ACTIVATE' && release.fromVersion !== active)
    throw refuse(
      'RELEASE_OUTDATED',
      `since it was proposed, version ${active} has become the active one: propose it anew`,
    )
  if (!Buffer.from(release.contentHash).equals(definition.contentHash))
    throw refuse(
      'RELEASE_OUTDATED',
      'the version is not the one that was proposed any more: look at it, and propose it anew',
    )
}

/** Refuses RELEASE_NOT_OPEN where it was decided, or withdrawn, before. */
export function expectOpen({ status }: Pick<DefinitionRelease, 'status'>): void {
  if (status !== 'PROPOSED') throw refuse('RELEASE_NOT_OPEN', `the release is ${status} already`)
}

export const proposerOf = ({ proposedBy }: Pick<DefinitionRelease, 'proposedBy'>) => personOf(proposedBy)

/** Whom a stored identity names; null where there is none. */
export function personOf(by: unknown): string | null {
  return (by as { person?: string } | null)?.person ?? null
}
