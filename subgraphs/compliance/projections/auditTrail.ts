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
