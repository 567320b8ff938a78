import { z } from 'zod'
import type { AnyCommand, Command } from './command.ts'

// Semantic locks are taken by a command that nobody is sent: the engine's own tables answer it.

/** What a saga does when somebody else is at work on what it needs: wait until that one has ended, or give up. */
export type WhenBusy = 'wait' | 'refuse'

/** What a saga keeps to itself until it ends, or shares with all whose changes commute with its own. */
export type Lock = {
  /** The thing in the graph, such as `CostCentre:4711`. */
  readonly resource: string
  /**
   * Names a group of changes whose order is of no account: each adds or takes away, none sets, and none rests on
   * what it has read. Sagas that name the same one hold the lock together. Left out: the saga holds it alone.
   */
  readonly commutesAs?: string | undefined
}

const lock = z.object({ resource: z.string(), commutesAs: z.string().optional() })
const acquiring = z.object({
  input: lock.extend({ isolation: z.enum(['wait', 'refuse']), also: z.array(lock).optional() }),
})

/** Renders the taking of a saga's locks: the one on its subject, and those on whatever else it changes. */
export function acquire(subject: Lock, isolation: WhenBusy, also?: readonly Lock[]): Command<unknown> {
  const { resource, commutesAs } = subject
  const input = { resource, isolation, ...(commutesAs !== undefined && { commutesAs }), ...(also && { also }) }
  return { subgraph: 'engine', mutation: 'acquireLock', input }
}

/**
 * The locks that are rendered in a command, in the order they are taken. It is the same for all sagas, and each lock
 * is kept while the next is waited for: whoever waits, waits for somebody further on, so no circle can close. What
 * is named twice in two ways is held alone, for a saga that wanted more of what it shares would wait for itself.
 */
export function locksOf(command: AnyCommand): { locks: readonly Lock[]; whenBusy: WhenBusy } {
  const { isolation, also = [], ...subject } = acquiring.parse(command).input
  const groups = new Map<string, string | undefined>()
  for (const { resource, commutesAs } of [subject, ...also])
    groups.set(resource, groups.has(resource) && groups.get(resource) !== commutesAs ? undefined : commutesAs)
  const locks = [...groups].map(([resource, commutesAs]) => ({ resource, commutesAs }))
  return { locks: locks.sort(inOrder), whenBusy: isolation }
}

/** By code units: no worker's language may change the order. */
function inOrder(one: Lock, other: Lock): number {
  return one.resource < other.resource ? -1 : 1
}

/** What a saga awaits that waits for a lock. */
export function topicOfLock({ resource }: Lock): string {
  return `lock:${resource}`
}
