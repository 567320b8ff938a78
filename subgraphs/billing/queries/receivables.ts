import { badInput, type Context, isId } from '@steinmetz/kernel/subgraph'
import { sum } from '../domain/amounts.ts'
import { ageing } from '../domain/receivables.ts'
import type { QueryReceivablesArgs } from '../generated/graphql.ts'
import type { PrismaClient } from '../generated/prisma/client.ts'

/** What is owed to us, all of it or by one customer, by its age on a day; and what we owe back. */
export function receivables(_: unknown, { on, customerId }: QueryReceivablesArgs, context: Context<PrismaClient>) {
  if (customerId && !isId(customerId)) throw badInput('customerId: give an id as this platform gives them (a UUID)')
  const of = customerId ? { customerId } : {}
  return context.read(async (client) => {
    const byDay = await client.openItem.groupBy({
      by: ['dueOn'],
      where: { ...of, openCents: { not: 0n } },
      _sum: { openCents: true },
      _count: true,
    })
    const credit = await client.payment.aggregate({ where: of, _sum: { unallocatedCents: true } })
    const items = byDay.map(({ dueOn, _sum, _count }) => ({ dueOn, openCents: _sum.openCents ?? 0n, count: _count }))
    return {
      openCents: sum(items.map(({ openCents }) => openCents)),
      creditCents: credit._sum.unallocatedCents ?? 0n,
      ageing: ageing(items, on),
    }
  })
}
