import type { CommandContext } from '@steinmetz/kernel/command'
import { conflict } from '@steinmetz/kernel/errors'
import { type OrderKind, orderKinds } from '../domain/order.ts'
import type { Prisma, PrismaClient } from '../generated/prisma/client.ts'

type Context = Pick<CommandContext<PrismaClient>, 'tx' | 'newId' | 'identity'>

/** Orders that the engine has not dealt with yet. */
export const pending = { kind: { in: [...orderKinds] }, consumedAt: null } satisfies Prisma.SignalWhereInput

/**
 * Keeps others from giving orders about the same things until this transaction ends: each order is given to what its
 * operator has seen, not to what another's order makes of it.
 */
export async function hold(tx: PrismaClient, ids: readonly string[]): Promise<void> {
  await tx.$executeRaw`
    select pg_advisory_xact_lock(hashtextextended(id::text, 0)) from unnest(${ids}::uuid[]) as id order by id`
}

/** Throws the Conflict ORDER_PENDING when there is an order that the engine has not dealt with yet. */
export async function expectNonePending(tx: PrismaClient, about: Prisma.SignalWhereInput): Promise<void> {
  if ((await tx.signal.count({ where: { ...about, ...pending } })) > 0)
    throw conflict('ORDER_PENDING', 'an earlier order about it has not been carried out yet: read it again in a moment')
}

type Order = { readonly kind: OrderKind; readonly note: string | null } & (
  | { readonly sagaId: string }
  | { readonly deadLetterId: string }
)

/** Puts orders where the engine takes them up, in the name of whoever gives them. */
export async function give({ tx, newId, identity }: Context, orders: readonly Order[]): Promise<void> {
  const { person, account, session, address, requestId } = identity
  const sentBy = { person, account, session, address, requestId }
  await tx.signal.createMany({ data: orders.map((order) => ({ id: newId(), sentBy, ...order })) })
}
