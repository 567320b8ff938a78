import type { Attempt, PrismaClient } from '../generated/prisma/client.ts'
import { directionOf, place } from './ProcessStep.ts'

/** What an attempt tells beyond its columns. */
export const processAttemptFields = {
  direction: directionOf,
  error: ({ code }: Attempt) => code,
  tookMs: ({ beganAt, endedAt }: Attempt) => Math.max(0, endedAt.getTime() - beganAt.getTime()),
}

/** Attempts by their process, in the order they ended, each with the name of its step. */
export async function timelineOf(client: PrismaClient, sagaIds: string[]) {
  const where = { sagaId: { in: sagaIds } }
  const select = { sagaId: true, seq: true, direction: true, name: true }
  const steps = await client.step.findMany({ where, select })
  const names = new Map(steps.map((step) => [place(step), step.name]))
  const attempts = await client.attempt.findMany({ where, orderBy: { id: 'asc' } })
  const named = attempts.map((attempt) => ({ ...attempt, step: names.get(place(attempt)) }))
  return Map.groupBy(named, ({ sagaId }) => sagaId)
}
