import { setTimeout as pass } from 'node:timers/promises'
import { branches, type Cluster } from './cluster.ts'

// Bugs that are put in on purpose, by way of the databases. A harness that does not see them shows nothing.

const everyMs = 100

type Bug = { readonly databases: readonly string[]; readonly text: string }

const bugs: Readonly<Record<string, Bug>> = {
  /** Answers are forgotten at once: a command that comes again is done again. */
  'forgets-keys': { databases: branches, text: 'delete from kernel.idempotency where completed_at is not null' },
  /** What a compensation undoes, it does not find: a step that was done stays. */
  'forgets-forward': {
    databases: branches,
    text: `delete from kernel.idempotency where operation = 'act' and completed_at is not null`,
  },
  /** Now and then an event is marked as published, and was not. */
  'loses-events': {
    databases: branches,
    text: 'update kernel.outbox set published_at = now() where published_at is null and random() < 0.2',
  },
  /** A saga under way goes on with the next version. */
  'changes-version': {
    databases: ['processes'],
    text: `update saga.instance i set definition_version = d.version from saga.definition d
           where d.name = i.definition and d.version = i.definition_version + 1 and i.finished_at is null
             and random() < 0.3`,
  },
}

export const plants: readonly string[] = Object.keys(bugs)

/** Has the bug happen again and again until the world is stopped. */
export async function plantIn({ query }: Cluster, name: string | undefined, started: (() => Promise<void> | void)[]) {
  const bug = name && bugs[name]
  if (!bug) return
  let goesOn = true
  const running = (async () => {
    for (; goesOn; await pass(everyMs)) for (const database of bug.databases) await query(database, bug.text)
  })()
  started.push(async () => {
    goesOn = false
    await running
  })
}
