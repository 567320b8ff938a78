import type { CommandContext } from '@steinmetz/kernel/command'
import { refuse } from '@steinmetz/kernel/errors'
import { personOf } from '../domain/release.ts'
import type { DefinitionRelease, PrismaClient } from '../generated/prisma/client.ts'

/** A version as it stands, and the one of its name that is active. Refuses PROCESS_DEFINITION_NOT_FOUND. */
export async function versionsNow(tx: PrismaClient, name: string, version: number) {
  const definition = await tx.definition.findUnique({ where: { name_version: { name, version } } })
  if (!definition)
    throw refuse('PROCESS_DEFINITION_NOT_FOUND', `no worker has published version ${version} of it: deploy it first`)
  const active = await tx.definition.findFirst({ where: { name, status: 'ACTIVE' } })
  return { definition, active: active?.version ?? null }
}

/** Who acts, as it is kept with what they decide. */
export function identified({ person, account, session, address, requestId }: CommandContext<unknown>['identity']) {
  return { person, account, session, address, requestId }
}

/** A release as the audit trail keeps it. */
export function auditedRelease({ proposedBy, confirmedBy, contentHash, ...release }: DefinitionRelease) {
  return {
    ...release,
    contentHash: Buffer.from(contentHash).toString('hex'),
    proposedBy: personOf(proposedBy),
    confirmedBy: personOf(confirmedBy),
  }
}
