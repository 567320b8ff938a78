import { orderKinds } from '../domain/order.ts'
import type { Prisma, PrismaClient, Signal } from '../generated/prisma/client.ts'

/** What an order tells beyond its columns. */
export const operatorOrderFields = {
  givenBy: ({ sentBy }: Signal) => (sentBy as { person?: string }).person ?? null,
  reason: ({ note }: Signal) => note,
  givenAt: ({ createdAt }: Signal) => createdAt,
  settledAt: ({ consumedAt }: Signal) => consumedAt,
}

/** Orders by their process. What a process was told by an event is none. */
export async function ordersOf(client: PrismaClient, sagaIds: string[]) {
  return Map.groupBy(await orders(client, { sagaId: { in: sagaIds } }), ({ sagaId }) => sagaId as string)
}

/** Orders by their dead letter. */
export async function letterOrdersOf(client: PrismaClient, letterIds: string[]) {
  const given = await orders(client, { deadLetterId: { in: letterIds } })
  return Map.groupBy(given, ({ deadLetterId }) => deadLetterId as string)
}

function orders(client: PrismaClient, about: Prisma.SignalWhereInput): Promise<Signal[]> {
  return client.signal.findMany({ where: { ...about, kind: { in: [...orderKinds] } }, orderBy: { id: 'asc' } })
}
