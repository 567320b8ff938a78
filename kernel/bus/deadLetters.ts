import type pg from 'pg'
import type { Message } from '../outbox/index.ts'

/** An event that was put aside. */
export type Letter = { position: string; message: Message }

/** Puts an event aside, or notes that it still cannot be digested. */
export async function bury(client: pg.ClientBase, consumer: string, position: string, code: string): Promise<void> {
  await client.query(
    `insert into bus.dead_letter as letter (consumer, position, code) values ($1, $2, $3)
     on conflict (consumer, position) do update set code = excluded.code, attempts = letter.attempts + 1`,
    [consumer, position, code],
  )
}

/** The consumer's events that are put aside behind a position, oldest first. */
export async function buried(client: pg.ClientBase, consumer: string, after: string): Promise<Letter[]> {
  const { rows } = await client.query<Letter>(
    `select letter.position, event.message from bus.dead_letter letter join bus.event using (position)
     where consumer = $1 and position > $2 and settled_at is null order by position limit 100`,
    [consumer, after],
  )
  return rows
}

/** Notes that an event which was put aside has been digested. */
export async function settle(client: pg.ClientBase, consumer: string, position: string): Promise<void> {
  await client.query('update bus.dead_letter set settled_at = now() where consumer = $1 and position = $2', [
    consumer,
    position,
  ])
}

/** How many of the consumer's events are put aside. */
export async function countBuried(client: pg.Pool, consumer: string): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from bus.dead_letter where consumer = $1 and settled_at is null',
    [consumer],
  )
  return rows[0]?.count ?? 0
}
