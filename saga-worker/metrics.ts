import { createPool } from '@steinmetz/kernel/database'
import type { MetricDefinition, Metrics } from '@steinmetz/kernel/telemetry'
import type pg from 'pg'
import { currentStep } from './engine/instance.ts'
import type { Store } from './engine/store.ts'
import type { Queue } from './queue.ts'

/** Sagas that have not ended, of all tenants; every worker tells the same. */
export const openSagas: MetricDefinition<'definition' | 'state'> = {
  kind: 'gauge',
  name: 'steinmetz_sagas_open',
  help: 'Sagas that have not ended, by state: running, waiting, compensating, stuck.',
  labels: ['definition', 'state'],
}

/** Sagas that this worker brought to their end. */
export const endedSagas: MetricDefinition<'definition' | 'state'> = {
  kind: 'counter',
  name: 'steinmetz_sagas_ended_total',
  help: 'Sagas this worker has ended, by how: completed, compensated.',
  labels: ['definition', 'state'],
}

/** Sendings of steps' commands by this worker, as they were committed. */
export const stepOutcomes: MetricDefinition<'definition' | 'step' | 'direction' | 'outcome'> = {
  kind: 'counter',
  name: 'steinmetz_saga_steps_total',
  help: 'Commands sent for a step, by what became of it: done, refused, in_doubt (sent again), halted (a person must look).',
  labels: ['definition', 'step', 'direction', 'outcome'],
}

/** How long the oldest saga has waited at a step: for an approval, a date or another saga. */
export const waitingAge: MetricDefinition<'definition' | 'step' | 'kind'> = {
  kind: 'gauge',
  name: 'steinmetz_saga_oldest_waiting_seconds',
  help: 'Age of the oldest saga waiting at a step. With kind approval it is the age of the oldest undecided approval.',
  labels: ['definition', 'step', 'kind'],
}

/** What was put aside and waits for an operator. */
export const deadLetters: MetricDefinition<'source'> = {
  kind: 'gauge',
  name: 'steinmetz_saga_dead_letters',
  help: 'Unsettled dead letters by source: step (it is stuck), event (it could not be digested).',
  labels: ['source'],
}

/** What the queue holds. It may be empty while sagas wait: only those that are due are in it. */
export const queueDepth: MetricDefinition<'state'> = {
  kind: 'gauge',
  name: 'steinmetz_queue_jobs',
  help: 'Jobs in the queue by state: waiting, delayed, active, failed.',
  labels: ['state'],
}

const statements = {
  open: `select definition, lower(state) as state, count(*)::int as value
    from saga.instance where finished_at is null group by 1, 2`,
  waiting: `select i.definition, s.name as step, s.kind,
      extract(epoch from clock_timestamp() - min(s.started_at))::float8 as value
    from saga.instance i
    join saga.step s on s.saga_id = i.id and s.seq = i.cursor and s.direction = i.direction
    where i.finished_at is null and i.state = 'WAITING' group by 1, 2, 3`,
  letters: `select lower(source) as source, count(*)::int as value
    from saga.dead_letter where settled_at is null group by 1`,
}

export type Watched = { connectionString: string; queue: Pick<Queue, 'depth'> }

/** Has the gauges read whenever somebody looks, by a connection of their own. Returns how to end that. */
export function watchSagas(metrics: Metrics, { connectionString, queue }: Watched): { close(): Promise<void> } {
  const pool = createPool({ connectionString, max: 1 })
  metrics.read(openSagas, () => readings(pool, statements.open))
  metrics.read(waitingAge, () => readings(pool, statements.waiting))
  metrics.read(deadLetters, () => readings(pool, statements.letters))
  metrics.read(queueDepth, async () =>
    Object.entries(await queue.depth()).map(([state, value]) => ({ labels: { state }, value })),
  )
  return { close: () => pool.end() }
}

/** Each row is a reading: `value` is it, and the other columns are its labels. */
async function readings<Label extends string>(pool: pg.Pool, text: string) {
  const { rows } = await pool.query<Record<Label, string> & { value: number }>(text)
  return rows.map(({ value, ...labels }) => ({ labels: labels as unknown as Record<Label, string>, value }))
}

/** A store that counts what is committed through it: every sending that was answered or not, and every end. */
export function counted(store: Store, metrics: Metrics): Store {
  return {
    ...store,
    async move(from, move, attempt) {
      const moved = await store.move(from, move, attempt)
      if (!moved) return moved
      const { definition } = from
      const step = currentStep(from)
      if (attempt && step) {
        const { name, direction } = step
        const labels = { definition, step: name, direction: direction.toLowerCase() }
        metrics.count(stepOutcomes, { ...labels, outcome: attempt.outcome.toLowerCase() })
      }
      if (move.state === 'COMPLETED' || move.state === 'COMPENSATED')
        metrics.count(endedSagas, { definition, state: move.state.toLowerCase() })
      return moved
    },
  }
}
