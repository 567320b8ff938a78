import type pg from 'pg'

/** An event of one's own domain as a subscriber sees it. `cursor` says where to go on after a break. */
export type Tailed = { readonly cursor: string; readonly type: string; readonly payload: unknown }

/** How far the outbox can be read without missing a transaction that is still under way. */
export async function tailPosition(connection: pg.ClientBase): Promise<string> {
  const { rows } = await connection.query<{ xmin: string }>('select pg_snapshot_xmin(pg_current_snapshot()) as xmin')
  return `${rows[0]?.xmin}:0`
}

/**
 * What the tenant's events of a type behind a cursor are about, also those that `tail` does not give yet: whoever has
 * read a row is told here whether its event is still to come.
 */
export async function aggregatesBehind(
  connection: pg.ClientBase,
  type: string,
  cursor: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await connection.query<{ id: string }>({
    name: 'kernel.aggregatesBehind',
    text: `select distinct aggregate_id as id from kernel.outbox
           where tenant_id = (select kernel.tenant()) and type = $1 and (xid, id) > ($2::text::xid8, $3::bigint)`,
    values: [type, ...placeOf(cursor)],
  })
  return new Set(rows.map(({ id }) => id))
}

/**
 * The tenant's events of the given types behind a cursor, oldest first. Only what no running transaction
 * can still precede is given, so that a reader who goes on from the last cursor misses nothing.
 * A cursor that was not given by this function or `tailPosition` reads from the beginning.
 */
export async function tail(
  connection: pg.ClientBase,
  types: readonly string[],
  cursor: string,
  limit = 200,
): Promise<Tailed[]> {
  const { rows } = await connection.query<{ cursor: string; type: string; payload: unknown }>({
    name: 'kernel.tail',
    text: `select xid || ':' || id as cursor, type, payload from kernel.outbox
           where tenant_id = (select kernel.tenant()) and type = any($1) and (xid, id) > ($2::text::xid8, $3::bigint)
             and xid < pg_snapshot_xmin(pg_current_snapshot())
           order by xid, id limit $4`,
    values: [types, ...placeOf(cursor), limit],
  })
  return rows
}

/** The transaction and the id that a cursor names; of one that is none of ours, the beginning. */
const placeOf = (cursor: string) => /^(\d{1,19}):(\d{1,18})$/.exec(cursor)?.slice(1) ?? ['0', '0']
