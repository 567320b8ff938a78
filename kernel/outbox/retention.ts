import type pg from 'pg'
import { z } from 'zod'
import { defineEvent } from './event.ts'

/**
 * Sagas that ended so long ago that nothing of them can still be on its way: their idempotency keys may go. The saga
 * engine alone can say so, and says it once they have outlived their saga for as long as they must.
 */
export const KeysReleased = defineEvent({
  type: 'kernel.KeysReleased',
  aggregate: 'tenantId',
  payload: z.object({ tenantId: z.guid(), sagaIds: z.array(z.guid()) }),
})

/** Removes the keys of sagas that were released. However often it is told, and in whatever order. */
export async function removeReleased(connection: Queries, payload: unknown): Promise<void> {
  const { tenantId, sagaIds } = KeysReleased.parse(payload)
  await connection.query(
    `delete from kernel.idempotency where tenant_id = $1 and actor like 'service:%' and left(key, 36) = any($2)`,
    [tenantId, sagaIds],
  )
}

type Queries = Pick<pg.ClientBase, 'query'>

/** How many days something is kept: keys of people's commands, and published events with those that were digested. */
export type Kept = { readonly keysDays: number; readonly eventsDays: number }

/**
 * Removes one batch of what is older than it is kept, in one transaction, and gives how many rows that were: fewer
 * than `batch` of each kind when there are no more. A saga's keys are never removed by their age: a saga may run for
 * as long as it likes. Nor is an event that is not published.
 */
export async function purgeOnce(connection: Queries, kept: Kept, now: Date, batch = 1_000): Promise<number> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000)
  await connection.query('begin')
  try {
    const { rows } = await connection.query("select pg_try_advisory_xact_lock(hashtext('kernel.purge')) as mine")
    let removed = 0
    for (const [statement, days] of rows[0].mine ? statements(kept) : [])
      removed += (await connection.query(statement, [before(days), batch])).rowCount ?? 0
    await connection.query('commit')
    return removed
  } catch (error) {
    await connection.query('rollback').catch(() => {})
    throw error
  }
}

const statements = ({ keysDays, eventsDays }: Kept): readonly (readonly [string, number])[] => [
  [
    `delete from kernel.idempotency i
     using (select tenant_id, actor, operation, key from kernel.idempotency
            where created_at < $1 and actor not like 'service:%' limit $2) old
     where i.tenant_id = old.tenant_id and i.actor = old.actor and i.operation = old.operation and i.key = old.key`,
    keysDays,
  ],
  [
    `delete from kernel.outbox where ctid = any(array(
       select ctid from kernel.outbox where created_at < $1 and published_at is not null limit $2))`,
    eventsDays,
  ],
  [
    'delete from kernel.inbox where ctid = any(array(select ctid from kernel.inbox where received_at < $1 limit $2))',
    eventsDays,
  ],
]
