import { branches, type Cluster } from './cluster.ts'
import type { Effect, Evidence, Instance } from './judge.ts'

type Shape = { steps: { name: string; kind: string; command: { subgraph: string } }[] }

/** Reads from the databases what happened. */
export async function readEvidence({ query }: Cluster): Promise<Evidence> {
  const published = await query<{ name: string; version: number; shape: Shape }>('processes', definitions)
  const effects = branches.map(async (branch) =>
    (await query<Omit<Effect, 'branch'>>(branch, 'select process, version, subject, step, kind from effect')).map(
      (row) => ({ ...row, branch }),
    ),
  )
  return {
    asked: await query('north', 'select subject, refuse, verdict from asked'),
    definitions: published.map(({ shape, ...one }) => ({
      ...one,
      steps: shape.steps
        .filter(({ kind }) => kind !== 'lock')
        .map(({ name, kind, command }) => ({ name, kind, branch: command.subgraph })),
    })),
    instances: await query<Instance>('processes', instances),
    effects: (await Promise.all(effects)).flat(),
  }
}

const definitions = 'select name, version, shape from saga.definition'

const instances = `
  select i.definition, i.definition_version as version, i.correlation as subject, i.state,
    array(select s.name from saga.step s where s.saga_id = i.id and s.direction = 'FORWARD' and s.status = 'REFUSED')
      as refused,
    exists (select from saga.signal s where s.saga_id = i.id and s.outcome = 'CANCELLED') as cancelled
  from saga.instance i`

/** What is still not where it should be, a line each, for whoever looks into it. */
export async function unfinished({ query }: Cluster): Promise<string[]> {
  return (await query<{ line: string }>('processes', left)).map(({ line }) => line)
}

const left = `
  select concat_ws(' ', i.definition, i.definition_version, i.id, i.state, i.direction, 'at', i.cursor, s.name, s.status,
    'attempts', s.attempts, 'due in', round(extract(epoch from i.next_run_at - now())::numeric, 1), 's; held by',
    i.lease_owner, 'until', round(extract(epoch from i.lease_until - now())::numeric, 1), 's; error', s.error::text,
    i.error::text, 'awaits', i.awaits) as line
  from saga.instance i
  left join saga.step s on s.saga_id = i.id and s.seq = i.cursor and s.direction = i.direction
  where i.finished_at is null order by i.id limit 20`

/** Processes that have not ended and that nobody must look at. */
export const underWay = `select count(*)::int as n from saga.instance where finished_at is null and state <> 'STUCK'`
