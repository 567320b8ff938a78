import type { Snapshot } from '@steinmetz/kernel/audit'
import type { Context } from '@steinmetz/kernel/subgraph'
import { audited } from '../personal.ts'

type AuditRecord = { id: string; entity: string; before?: Snapshot | null; after?: Snapshot | null }

/** What audit records of billing say in plain text. Each reading is itself recorded. */
export const auditRecordFields = {
  billingBefore: (record: AuditRecord, _: unknown, context: Context) => inPlain(record, record.before, context),
  billingAfter: (record: AuditRecord, _: unknown, context: Context) => inPlain(record, record.after, context),
}

async function inPlain({ id, entity }: AuditRecord, snapshot: Snapshot | null | undefined, context: Context) {
  if (!snapshot || !audited.includes(entity)) return null
  await context.recordView('AuditRecord', id)
  return context.unseal(snapshot)
}
