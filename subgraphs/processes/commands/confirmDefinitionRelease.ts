import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, releaseScope } from '../command.ts'
import { confirmRelease } from '../domain/release.ts'
import type { ConfirmDefinitionReleaseInput, ConfirmDefinitionReleasePayload } from '../generated/graphql.ts'
import { auditedRelease, identified, versionsNow } from '../ledger/releases.ts'

/**
 * Confirms what another person has proposed; the engine carries it out. Refuses: DEFINITION_RELEASE_NOT_FOUND,
 * RELEASE_NOT_OPEN, FOUR_EYES_VIOLATED, DEFINITION_ACTIVE, DEFINITION_RETIRED, RELEASE_OUTDATED.
 */
export const confirmDefinitionRelease = command<ConfirmDefinitionReleaseInput, ConfirmDefinitionReleasePayload>({
  name: 'confirmDefinitionRelease',
  scope: releaseScope,
  check: z.object({ releaseId: id }),

  async execute({ releaseId, expectedVersion }, { tx, now, identity }) {
    const release = await tx.definitionRelease.findUnique({ where: { id: releaseId } })
    if (!release) throw notFound('DefinitionRelease', releaseId)
    confirmRelease(release, identity.person, await versionsNow(tx, release.definition, release.definitionVersion))
    expectVersion(release, expectedVersion)
    const confirmed = { status: 'CONFIRMED', confirmedBy: identified(identity), confirmedAt: now }
    const saved = await saveVersion(tx.definitionRelease, release, confirmed)
    const changes = change('DefinitionRelease', auditedRelease(release), auditedRelease(saved), ['FOUR_EYES'])
    return { payload: { release: saved }, changes: [changes] }
  },
})
