import type { Change } from '@steinmetz/kernel/audit'
import { change, saveVersion } from '@steinmetz/kernel/command'
import type { EventValue } from '@steinmetz/kernel/outbox'
import type { Allocation } from '../domain/receivables.ts'
import { InvoiceSettled } from '../events.ts'
import type { OpenItem } from '../generated/prisma/client.ts'
import type { Transaction } from './document.ts'

export type Booked = { readonly changes: readonly Change[]; readonly events: readonly EventValue[] }

/** How many open items one request can settle: each is two rows that are saved and audited. */
const openItemsAtMost = 100

/** Open items of a customer that money can settle, the oldest first: those named, or as many as fit one request. */
export function openItemsOf(
  { tx }: Pick<Transaction, 'tx'>,
  customerId: string,
  named?: readonly { invoiceId: string }[] | null,
): Promise<OpenItem[]> {
  const ids = named?.map(({ invoiceId }) => invoiceId)
  return tx.openItem.findMany({
    where: { customerId, ...(ids ? { id: { in: ids } } : { openCents: { gt: 0n } }) },
    orderBy: [{ dueOn: 'asc' }, { id: 'asc' }],
    take: openItemsAtMost,
  })
}

/**
 * Books what a payment settles; a negative amount releases. Each open item is saved by its version, so that
 * two payments of one invoice cannot both take what is open: the slower is the Conflict STALE_VERSION.
 *
 * All who settle, correct or reverse hold open items first, the oldest first, and then payments, by their ids: who
 * holds one waits for what is further on only, so that no two wait for each other.
 */
export async function book(
  context: Transaction,
  paymentId: string,
  allocations: readonly Allocation[],
): Promise<Booked> {
  const booked: Booked[] = []
  for (const { openItem, amountCents } of allocations.toSorted(oldestFirst)) {
    const paidCents = openItem.paidCents + amountCents
    const saved = await saveVersion(context.tx.openItem, openItem, { paidCents })
    const entry = await enter(context, { paymentId, invoiceId: openItem.id, amountCents })
    booked.push({ changes: [change('OpenItem', openItem, saved), entry], events: settled(openItem, saved) })
  }
  return { changes: booked.flatMap(({ changes }) => changes), events: booked.flatMap(({ events }) => events) }
}

function oldestFirst({ openItem: one }: Allocation, { openItem: other }: Allocation): number {
  return one.dueOn.getTime() - other.dueOn.getTime() || (one.id < other.id ? -1 : 1)
}

/** Enters one allocation, or its release, into the book of payments. */
export async function enter(
  { tx, now, newId }: Transaction,
  entry: { paymentId: string; invoiceId: string; amountCents: bigint },
): Promise<Change> {
  const allocation = await tx.paymentAllocation.create({ data: { id: newId(), ...entry, allocatedAt: now } })
  return change('PaymentAllocation', null, allocation)
}

/** The event that nothing is left to pay, where that is news. */
export function settled(before: OpenItem, after: OpenItem): EventValue[] {
  return before.openCents > 0n && after.openCents <= 0n ? [InvoiceSettled({ invoiceId: after.id })] : []
}
