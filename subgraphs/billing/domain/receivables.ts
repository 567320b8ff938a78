import { refuse } from '@steinmetz/kernel/errors'
import type { OpenItem, Payment, PaymentAllocation } from '../generated/prisma/client.ts'
import { lesser, sum } from './amounts.ts'
import { businessDay, daysBetween, isoDate } from './calendar.ts'

/** So much of a payment for one open item. */
export type Allocation = { openItem: OpenItem; amountCents: bigint }

/** Decides that a payment can have come in. Refuses INVALID_INPUT: nothing, or not yet. */
export function assertReceived(
  { amountCents, receivedOn }: { amountCents: bigint; receivedOn: Date },
  now: Date,
): void {
  if (amountCents <= 0n) throw refuse('INVALID_INPUT', 'amountCents: give more than 0')
  if (receivedOn > businessDay(now))
    throw refuse('INVALID_INPUT', `receivedOn: ${isoDate(receivedOn)} is still to come`)
}

/**
 * Decides what money settles: what is wanted, or else the open items in their order, the oldest first. What
 * is left over stays with the payment. Refuses OPEN_ITEM_NOT_FOUND, ALLOCATION_EXCEEDS_OPEN,
 * ALLOCATION_EXCEEDS_PAYMENT, INVALID_INPUT.
 */
export function allocated(
  availableCents: bigint,
  openItems: readonly OpenItem[],
  wanted?: readonly { invoiceId: string; amountCents: bigint }[] | null,
): Allocation[] {
  return wanted ? asWanted(availableCents, openItems, wanted) : oldestFirst(availableCents, openItems)
}

function asWanted(
  availableCents: bigint,
  openItems: readonly OpenItem[],
  wanted: readonly { invoiceId: string; amountCents: bigint }[],
): Allocation[] {
  if (new Set(wanted.map(({ invoiceId }) => invoiceId)).size < wanted.length)
    throw refuse('INVALID_INPUT', 'allocations: an invoice is named twice')
  if (wanted.some(({ amountCents }) => amountCents <= 0n))
    throw refuse('INVALID_INPUT', 'allocations: give more than 0 for each')
  const allocations = wanted.map(({ invoiceId, amountCents }) => {
    const openItem = openItems.find(({ id }) => id === invoiceId)
    if (!openItem)
      throw refuse('OPEN_ITEM_NOT_FOUND', `the customer has no open item of the invoice ${invoiceId}`, {
        id: invoiceId,
      })
    if (amountCents > openItem.openCents)
      throw refuse('ALLOCATION_EXCEEDS_OPEN', `of the invoice ${invoiceId} only ${openItem.openCents} cents are open`)
    return { openItem, amountCents }
  })
  if (sum(wanted.map(({ amountCents }) => amountCents)) > availableCents)
    throw refuse('ALLOCATION_EXCEEDS_PAYMENT', `only ${availableCents} cents of the payment are left`)
  return allocations
}

function oldestFirst(availableCents: bigint, openItems: readonly OpenItem[]): Allocation[] {
  let left = availableCents
  return openItems.flatMap((openItem) => {
    const amountCents = lesser(left, openItem.openCents)
    if (amountCents <= 0n) return []
    left -= amountCents
    return [{ openItem, amountCents }]
  })
}

/**
 * What an open item is after a correction of `creditedCents`: what was paid beyond what is left to pay is
 * released, and so becomes the customer's credit.
 */
export function credited({ creditedCents, grossCents, paidCents }: OpenItem, moreCents: bigint) {
  const credit = creditedCents + moreCents
  const payable = grossCents > credit ? grossCents - credit : 0n
  return { creditedCents: credit, paidCents: lesser(paidCents, payable) }
}

/** From which payments so much is released: from those that were allocated last. */
export function released(
  releasedCents: bigint,
  allocations: readonly Pick<PaymentAllocation, 'paymentId' | 'amountCents'>[],
): { paymentId: string; amountCents: bigint }[] {
  let left = releasedCents
  return [...netByPayment(allocations)].reverse().flatMap(([paymentId, allocatedCents]) => {
    const amountCents = lesser(left, allocatedCents)
    if (amountCents <= 0n) return []
    left -= amountCents
    return [{ paymentId, amountCents }]
  })
}

function netByPayment(allocations: readonly Pick<PaymentAllocation, 'paymentId' | 'amountCents'>[]) {
  const byPayment = Map.groupBy(allocations, ({ paymentId }) => paymentId)
  return [...byPayment].map(([paymentId, of]) => [paymentId, sum(of.map((one) => one.amountCents))] as const)
}

/** What a payment settles now, with what it has settled and released before taken together. */
export function settledBy(
  allocations: readonly { openItem: OpenItem; invoiceId: string; amountCents: bigint }[],
): Allocation[] {
  return [...Map.groupBy(allocations, ({ invoiceId }) => invoiceId).values()].flatMap((of) => {
    const amountCents = sum(of.map((one) => one.amountCents))
    return of[0] && amountCents > 0n ? [{ openItem: of[0].openItem, amountCents }] : []
  })
}

/** Decides a payment back of what was paid too much. Refuses PAYMENT_REVERSED, REFUND_EXCEEDS_CREDIT, INVALID_INPUT. */
export function refunded(payment: Payment, { amountCents, refundedOn }: { amountCents: bigint; refundedOn: Date }) {
  assertValid(payment)
  if (amountCents <= 0n) throw refuse('INVALID_INPUT', 'amountCents: give more than 0')
  if (refundedOn < payment.receivedOn) throw refuse('INVALID_INPUT', 'refundedOn: it is before the payment came in')
  if (amountCents > payment.unallocatedCents)
    throw refuse('REFUND_EXCEEDS_CREDIT', `only ${payment.unallocatedCents} cents of the payment are left`)
  return { refundedCents: payment.refundedCents + amountCents }
}

/** Decides that a payment did not happen after all. Refuses PAYMENT_REVERSED, PAYMENT_REFUNDED. */
export function reversed(payment: Payment, { reason, at }: { reason: string; at: Date }) {
  assertValid(payment)
  if (payment.refundedCents > 0n) throw refuse('PAYMENT_REFUNDED', 'part of the payment was paid back already')
  return { allocatedCents: 0n, reversedAt: at, reversedBecause: reason }
}

/** A reversed payment changes no more. */
export function assertValid({ reversedAt }: Pick<Payment, 'reversedAt'>): void {
  if (reversedAt) throw refuse('PAYMENT_REVERSED', 'the payment was reversed and changes no more')
}

/** Days beyond the due date up to which an item falls into a bucket; the last one has no end. */
const ageingDays = [0, 30, 60, 90, null] as const

/** How old receivables are on a day: what is not due yet, then by 30, 60 and 90 days overdue, and older. */
export function ageing(items: readonly { dueOn: Date; openCents: bigint; count: number }[], on: Date) {
  let from: number | null = null
  return ageingDays.map((to) => {
    const [after, atMost] = [from ?? Number.NEGATIVE_INFINITY, to ?? Number.POSITIVE_INFINITY]
    const inside = items.filter(({ dueOn }) => {
      const days = daysBetween(dueOn, on)
      return days > after && days <= atMost
    })
    const bucket = {
      fromDays: from === null ? null : from + 1,
      toDays: to,
      count: inside.reduce((count, item) => count + item.count, 0),
      openCents: sum(inside.map(({ openCents }) => openCents)),
    }
    from = to
    return bucket
  })
}
