import type { Database } from '@steinmetz/kernel/database'
import type { Message } from '@steinmetz/kernel/outbox'
import { z } from 'zod'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** The event by which every domain hands over its audit records. */
export const auditRecorded = 'kernel.AuditRecorded'

const snapshot = z.record(z.string(), z.unknown()).nullable()
const recorded = z.object({
  recordId: z.guid(),
  operation: z.enum(['CREATE', 'UPDATE', 'DELETE', 'VIEW']),
  entity: z.string(),
  entityId: z.string(),
  before: snapshot,
  after: snapshot,
  context: z.object({
    command: z.string(),
    service: z.string(),
    person: z.string(),
    account: z.string(),
    session: z.string(),
    address: z.string(),
    requestId: z.string(),
  }),
  tags: z.array(z.string()),
  leafHash: z.string(),
  recordedAt: z.string(),
})

/**
 * Keeps an audit record that a domain has published. A record that comes twice is kept once: its id is the
 * domain's own, so no inbox is needed.
 */
export function keepAuditRecord(database: Database<PrismaClient>) {
  return async ({ tenantId, payload }: Message): Promise<void> => {
    const { recordId, context, ...record } = recorded.parse(payload)
    await database.write(tenantId, ({ connection }) =>
      connection.query({
        name: 'compliance.keep',
        text: `insert into audit_record (id, operation, entity, entity_id, before, after, command, service, person,
                 account, session, address, request_id, tags, leaf_hash, recorded_at)
               values ($1, $2::audit_operation, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
               on conflict (id) do nothing`,
        values: [
          recordId,
          record.operation,
          record.entity,
          record.entityId,
          record.before && JSON.stringify(record.before),
          record.after && JSON.stringify(record.after),
          context.command,
          context.service,
          context.person,
          context.account,
          context.session,
          context.address,
          context.requestId,
          record.tags,
          record.leafHash,
          record.recordedAt,
        ],
      }),
    )
  }
}

/**
 * Why a record can never be kept, as a code: it is not one, or the database takes none of its like. Anything else, such
 * as a database that is away, is a matter of time.
 */
export function whyUndigested(error: unknown): string | undefined {
  if (error instanceof z.ZodError) return 'UNREADABLE'
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  return isRejected.test(code) ? `REJECTED_${code}` : undefined
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation). */
const isRejected = /^2[23][0-9A-Z]{3}$/
