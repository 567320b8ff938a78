import type pg from 'pg'
import type { Changeset } from './changelog.ts'

/** What a database remembers of a changeset that was applied to it. */
export type Applied = {
  author: string
  id: string
  file: string
  /** Null when Liquibase applied it, and we have not seen it since. */
  checksum: string | null
  rollback: string | null
}

/**
 * Liquibase's own table, so that either may continue what the other began; it fills in the checksums of its
 * own kind, which we leave null. Ours stands beside it, with the rollback: what took a schema forward may
 * be missing from the older release that has to take it back.
 */
const createTables = `
  create table if not exists public.databasechangelog (
    id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
    dateexecuted timestamp not null, orderexecuted integer not null, exectype varchar(10) not null,
    md5sum varchar(35), description varchar(255), comments varchar(255), tag varchar(255),
    liquibase varchar(20), contexts varchar(255), labels varchar(255), deployment_id varchar(10));
  create table if not exists public.databasechangelog_checksum (
    author varchar(255) not null, id varchar(255) not null, filename varchar(255) not null,
    checksum text not null, rollback text,
    primary key (author, id, filename));`

export async function createHistory(client: pg.Client): Promise<void> {
  await client.query(createTables)
}

/** What was applied, latest last; nothing where nobody ever migrated. Creates no table. */
export async function readHistory(client: pg.Client): Promise<Applied[]> {
  const { rows: tables } = await client.query<{ liquibase: boolean; ours: boolean }>(
    `select to_regclass('public.databasechangelog') is not null as liquibase,
            to_regclass('public.databasechangelog_checksum') is not null as ours`,
  )
  if (!tables[0]?.liquibase) return []
  const ours = tables[0].ours
    ? 'public.databasechangelog_checksum'
    : '(select null author, null id, null filename, null checksum, null rollback where false)'
  const { rows } = await client.query<Applied>(
    `select l.author, l.id, l.filename as file, c.checksum, c.rollback
       from public.databasechangelog l
       left join ${ours} c on (c.author, c.id, c.filename) = (l.author, l.id, l.filename)
      order by l.dateexecuted, l.orderexecuted`,
  )
  return rows
}

/** What Liquibase calls a deployment: the changesets of one run, by the last ten digits of its milliseconds. */
export async function newDeploymentId(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `select right((extract(epoch from clock_timestamp()) * 1000)::bigint::text, 10) as id`,
  )
  return rows[0]?.id ?? ''
}

/** Records an applied changeset. One deployment's changesets share its id. */
export async function recordApplied(client: pg.Client, changeset: Changeset, deploymentId: string): Promise<void> {
  const { author, id, file, comment } = changeset
  await client.query(
    `insert into public.databasechangelog (id, author, filename, dateexecuted, orderexecuted, exectype, description,
       comments, liquibase, deployment_id)
     select $1, $2, $3, clock_timestamp() at time zone 'UTC', coalesce(max(orderexecuted), 0) + 1, 'EXECUTED', 'sql',
       $4, 'steinmetz', $5 from public.databasechangelog`,
    [id, author, file, comment.slice(0, 255), deploymentId],
  )
  await recordChecksum(client, changeset)
}

export async function recordChecksum(
  client: pg.Client,
  { author, id, file, checksum, rollback }: Changeset,
): Promise<void> {
  await client.query(
    `insert into public.databasechangelog_checksum (author, id, filename, checksum, rollback) values ($1, $2, $3, $4, $5)
     on conflict (author, id, filename) do update set checksum = excluded.checksum, rollback = excluded.rollback`,
    [author, id, file, checksum, rollback ?? null],
  )
}

export async function forgetApplied(client: pg.Client, { author, id, file }: Applied): Promise<void> {
  for (const table of ['databasechangelog', 'databasechangelog_checksum'])
    await client.query(`delete from public.${table} where (author, id, filename) = ($1, $2, $3)`, [author, id, file])
}
