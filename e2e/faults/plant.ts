import { setTimeout as pass } from 'node:timers/promises'
import { branches, type Cluster } from './cluster.ts'

// Bugs that are put in on purpose, by way of the databases. A harness that does not see them shows nothing.

const everyMs = 100

const bugs: Readonly<Record<string, string>> = {
  /** Answers are forgotten at once: a command that comes again is done again. */
  'forgets-keys': 'delete from kernel.idempotency where completed_at is not null',
  /** A compensation leaves no tombstone: a command that comes behind it is done. */
  'forgets-tombstones': `delete from kernel.idempotency where request_hash is null`,
  /** Now and then an event is marked as published, and was not. */
  'loses-events': `update kernel.outbox set published_at = now() where published_at is null and random() < 0.2`,
}

export const plants: readonly string[] = Object.keys(bugs)

/** Has the bug happen again and again, in both branches, until the world is stopped. */
export async function plantIn({ query }: Cluster, bug: string | undefined, started: (() => Promise<void> | void)[]) {
  const text = bug && bugs[bug]
  if (!text) return
  let goesOn = true
  const running = (async () => {
    for (; goesOn; await pass(everyMs)) for (const branch of branches) await query(branch, text)
  })()
  started.push(async () => {
    goesOn = false
    await running
  })
}
