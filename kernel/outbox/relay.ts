import type pg from 'pg'
import type { Cause, Message } from './event.ts'

/**
 * Publishes what stands unpublished in one domain's outbox, oldest first, and marks it. Of several relays
 * of a database one is active, by an advisory lock. Gives the number published: 0 when there was nothing
 * or another relay is at it. When `publish` fails nothing is marked, and the same events come again:
 * delivery is at least once.
 *
 * It takes rows that are not marked and never reads on from a last id: ids become visible out of order,
 * and a slow transaction's event would be passed over.
 */
export async function relayOnce(
  connection: pg.ClientBase,
  publish: (messages: readonly Message[]) => Promise<void>,
  batch = 500,
): Promise<number> {
  await connection.query('begin')
  try {
    const { rows: lock } = await connection.query("select pg_try_advisory_xact_lock(hashtext('kernel.relay')) as mine")
    const { rows } = lock[0].mine ? await connection.query<OutboxRow>(unpublished, [batch]) : { rows: [] }
    if (rows.length > 0) {
      await publish(rows.map(asMessage))
      await connection.query(mark, [rows.map((row) => row.id)])
    }
    await connection.query('commit')
    return rows.length
  } catch (error) {
    await connection.query('rollback').catch(() => {})
    throw error
  }
}

type OutboxRow = {
  id: string
  event_id: string
  type: string
  tenant_id: string
  aggregate_id: string
  payload: object
  context: Cause
  traceparent: string | null
  created_at: Date
}

const mark = 'update kernel.outbox set published_at = now() where id = any($1)'

// An outbox row that points to an audit record is published with the record as its payload.
const unpublished = `
  select o.id, o.event_id, o.type, o.tenant_id, o.aggregate_id, o.context, o.traceparent, o.created_at,
         coalesce(o.payload, jsonb_build_object(
           'recordId', a.record_id, 'operation', a.operation, 'entity', a.entity, 'entityId', a.entity_id,
           'before', a.before, 'after', a.after, 'context', a.context, 'tags', a.tags,
           'leafHash', encode(a.leaf_hash, 'hex'), 'recordedAt', a.created_at)) as payload
  from kernel.outbox o left join kernel.audit a on a.id = o.audit_id
  where o.published_at is null
  order by o.id limit $1
  for update of o skip locked`

function asMessage(row: OutboxRow): Message {
  const { person, account, session, address, requestId } = row.context
  return {
    id: row.event_id,
    type: row.type,
    tenantId: row.tenant_id,
    aggregateId: row.aggregate_id,
    payload: row.payload,
    occurredAt: row.created_at.toISOString(),
    causedBy: { person, account, session, address, requestId },
    traceparent: row.traceparent,
  }
}
