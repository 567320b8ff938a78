import { z } from 'zod'
import type { AnyCommand, Command } from './command.ts'

// A semantic lock is taken by a command that nobody is sent: the engine's own tables answer it.

/** What a saga does when another one is at work on its subject: wait until that one has ended, or give up. */
export type Isolation = 'wait' | 'refuse'

const acquiring = z.object({ input: z.object({ resource: z.string(), isolation: z.enum(['wait', 'refuse']) }) })

/** Renders the taking of a lock. */
export function acquire(resource: string, isolation: Isolation): Command<unknown> {
  return { subgraph: 'engine', mutation: 'acquireLock', input: { resource, isolation } }
}

/** What a rendered lock is about, and what is done when it is taken. */
export function lockOf(command: AnyCommand): { resource: string; isolation: Isolation } {
  return acquiring.parse(command).input
}

/** What a saga awaits that waits for a lock. */
export function topicOfLock(resource: string): string {
  return `lock:${resource}`
}
