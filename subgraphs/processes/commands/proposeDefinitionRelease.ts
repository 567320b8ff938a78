import { change, line } from '@steinmetz/kernel/command'
import { conflict } from '@steinmetz/kernel/errors'
import { z } from 'zod'
import { command, reason, releaseScope } from '../command.ts'
import { allowRelease } from '../domain/release.ts'
import type { ProposeDefinitionReleaseInput, ProposeDefinitionReleasePayload } from '../generated/graphql.ts'
import { auditedRelease, identified, versionsNow } from '../ledger/releases.ts'

/**
 * Proposes that new processes begin on another version, or that a version is done with. Refuses:
 * PROCESS_DEFINITION_NOT_FOUND, DEFINITION_ACTIVE, DEFINITION_RETIRED. While another release of the same definition is
 * open it is the Conflict RELEASE_PENDING.
 */
export const proposeDefinitionRelease = command<ProposeDefinitionReleaseInput, ProposeDefinitionReleasePayload>({
  name: 'proposeDefinitionRelease',
  scope: releaseScope,
  check: z.object({ definition: line(100), version: z.int().min(1, 'give a version, from 1'), reason }),

  async execute({ definition: name, version, kind, reason: why }, { tx, newId, identity }) {
    const { definition, active } = await versionsNow(tx, name, version)
    allowRelease(kind, definition)
    const about = { definition: name, definitionVersion: version, contentHash: definition.contentHash }
    const release = await tx.definitionRelease
      .create({
        data: { id: newId(), ...about, fromVersion: active, kind, reason: why, proposedBy: identified(identity) },
      })
      .catch(asPending)
    return { payload: { release }, changes: [change('DefinitionRelease', null, auditedRelease(release))] }
  },
})

/** Another firm's release is not to be seen, but it is in the way all the same. */
function asPending(error: unknown): never {
  if ((error as { code?: unknown }).code !== 'P2002') throw error
  const message = 'another release of the same definition is open: it must be confirmed or withdrawn first'
  throw conflict('RELEASE_PENDING', message)
}
