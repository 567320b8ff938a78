import type { ApprovalRequest } from '../generated/prisma/client.ts'

type Times = Pick<
  ApprovalRequest,
  'status' | 'remindAt' | 'remindedAt' | 'escalateAt' | 'escalatedAt' | 'expiresAt' | 'decidedAt'
>

/** What becomes of a request that nobody has decided, and what it changes of it. */
export type FollowUp =
  | { readonly kind: 'EXPIRED'; readonly changes: { readonly status: 'EXPIRED' } }
  | { readonly kind: 'ESCALATED'; readonly changes: { readonly escalatedAt: Date; readonly remindedAt: Date } }
  | { readonly kind: 'REMINDED'; readonly changes: { readonly remindedAt: Date } }

/**
 * Decides what is due at a moment: the last of its times that has come, for whoever comes late. An escalation
 * reminds as well. Null when nothing is.
 */
export function followUp(request: Times, at: Date): FollowUp | null {
  if (request.status !== 'PENDING') return null
  if (at >= request.expiresAt) return { kind: 'EXPIRED', changes: { status: 'EXPIRED' } }
  if (!request.escalatedAt && isOver(request.escalateAt, at))
    return { kind: 'ESCALATED', changes: { escalatedAt: at, remindedAt: request.remindedAt ?? at } }
  if (!request.remindedAt && isOver(request.remindAt, at)) return { kind: 'REMINDED', changes: { remindedAt: at } }
  return null
}

/** When it is to be looked after next; null for a request that is decided, withdrawn or expired. */
export function nextFollowUp(request: Times): Date | null {
  if (request.status !== 'PENDING') return null
  const { remindAt, remindedAt, escalateAt, escalatedAt, expiresAt } = request
  const ahead = [remindedAt ? null : remindAt, escalatedAt ? null : escalateAt, expiresAt]
  return new Date(Math.min(...ahead.flatMap((time) => (time ? [time.getTime()] : []))))
}

function isOver(time: Date | null, at: Date): boolean {
  return time !== null && at >= time
}
