import { change, expectVersion, id, saveVersion } from '@steinmetz/kernel/command'
import { notFound } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, releaseScope } from '../command.ts'
import { expectOpen } from '../domain/release.ts'
import type { WithdrawDefinitionReleaseInput, WithdrawDefinitionReleasePayload } from '../generated/graphql.ts'
import { auditedRelease } from '../ledger/releases.ts'

/** Takes a proposal back before it was confirmed. Refuses: DEFINITION_RELEASE_NOT_FOUND, RELEASE_NOT_OPEN. */
export const withdrawDefinitionRelease = command<WithdrawDefinitionReleaseInput, WithdrawDefinitionReleasePayload>({
  name: 'withdrawDefinitionRelease',
  scope: releaseScope,
  check: z.object({ releaseId: id }),

  async execute({ releaseId, expectedVersion }, { tx, now }) {
    const release = await tx.definitionRelease.findUnique({ where: { id: releaseId } })
    if (!release) throw notFound('DefinitionRelease', releaseId)
    expectOpen(release)
    expectVersion(release, expectedVersion)
    const saved = await saveVersion(tx.definitionRelease, release, { status: 'WITHDRAWN', settledAt: now })
    return {
      payload: { release: saved },
      changes: [change('DefinitionRelease', auditedRelease(release), auditedRelease(saved))],
    }
  },
})
