import { id, unchanged } from '@steinmetz/kernel/command'
import { z } from 'zod'
import { command, ordered, reason, scope } from '../command.ts'
import { meeting } from '../domain/filter.ts'
import type { RedriveProcessesInput, RedriveProcessesPayload } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'
import { give, hold, pending } from '../ledger/orders.ts'

/** As many audit records in one transaction, and as many processes due at once. */
const atMost = 100

/**
 * Has the steps asked again at which many processes are stuck: those named, or the oldest that meet a filter. What is
 * not stuck (any more), and what an order is pending about, is passed over.
 */
export const redriveProcesses = command<RedriveProcessesInput, RedriveProcessesPayload>({
  name: 'redriveProcesses',
  scope,
  check: z
    .object({
      processIds: z.array(id).min(1, 'give at least one').max(atMost, `give at most ${atMost}`).nullish(),
      filter: z.object().nullish(),
      reason: reason.nullish(),
    })
    .refine(({ processIds, filter }) => Boolean(processIds) !== Boolean(filter), {
      message: 'give either processIds or filter',
    }),

  async execute({ processIds, filter, reason: note = null }, context) {
    const { tx } = context
    const wanted = processIds ? { id: { in: processIds } } : meeting(filter ?? {})
    const some = { AND: [wanted, { state: 'STUCK', signals: { none: pending } }] }
    const found = await stuck(tx, some)
    await hold(tx, found)
    // Read once more: another's order may have come between.
    const processes = await tx.instance.findMany({ where: { AND: [some, { id: { in: found } }] } })
    const ids = processes.map((process) => process.id)
    const remaining = (await tx.instance.count({ where: some })) - ids.length
    const payload = { processIds: ids, remaining }
    const [first, ...others] = processes.map((process) => ordered(process, 'REDRIVE', note))
    if (!first) return unchanged(payload)
    await give(
      context,
      ids.map((sagaId) => ({ kind: 'REDRIVE', note, sagaId })),
    )
    return { payload, changes: [first, ...others] }
  },
})

async function stuck(tx: PrismaClient, where: object): Promise<string[]> {
  const found = await tx.instance.findMany({ where, orderBy: { id: 'asc' }, take: atMost, select: { id: true } })
  return found.map((process) => process.id)
}
