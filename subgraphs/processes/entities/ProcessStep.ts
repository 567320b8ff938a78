import type { PrismaClient, Step } from '../generated/prisma/client.ts'
import { codeOf } from './trouble.ts'

/** What tells a step of one process from the others. */
export type Place = Pick<Step, 'sagaId' | 'seq' | 'direction'>

/** What a step tells beyond its columns. */
export const processStepFields = {
  direction: directionOf,
  error: ({ error }: Step) => codeOf(error),
}

export function directionOf({ direction }: Pick<Place, 'direction'>) {
  return direction === 'FORWARD' ? 'FORWARD' : 'COMPENSATION'
}

/** Steps by their process: forward as the definition has them, then backward from the last to the first. */
export async function stepsOf(client: PrismaClient, sagaIds: string[]) {
  const where = { sagaId: { in: sagaIds } }
  const rows = await client.step.findMany({ where, orderBy: { seq: 'asc' } })
  const sent = await sendings(client, sagaIds)
  const steps = rows.map((step) => ({ ...step, attempts: sent.get(place(step)) ?? 0 }))
  const forward = steps.filter(({ direction }) => direction === 'FORWARD')
  const backward = steps.filter(({ direction }) => direction === 'BACKWARD').reverse()
  return Map.groupBy([...forward, ...backward], ({ sagaId }) => sagaId)
}

/** How often each step was sent. A step's own count begins anew when an operator has it asked again. */
async function sendings(client: PrismaClient, sagaIds: string[]): Promise<ReadonlyMap<string, number>> {
  const counts = await client.attempt.groupBy({
    by: ['sagaId', 'seq', 'direction'],
    where: { sagaId: { in: sagaIds } },
    _count: true,
  })
  return new Map(counts.map((count) => [place(count), count._count]))
}

export const place = ({ sagaId, seq, direction }: Place) => `${sagaId} ${seq} ${direction}`
