import { Denied } from '../guards/denied.ts'
import type { Reply } from './reply.ts'

/**
 * Answers several operations of one request, each by itself and each as its own request to every guard. They are
 * executed one after the other, so that mutations come in the order they were written.
 */
export async function answerBatch(
  given: readonly unknown[],
  most: number,
  answerOne: (one: unknown) => Promise<Reply>,
): Promise<Reply> {
  if (given.length === 0 || given.length > most) {
    const message = `A batch has from 1 to ${most} operations`
    throw new Denied(400, 'BAD_USER_INPUT', 'BATCH_SIZE', message)
  }
  const replies: Reply[] = []
  for (const one of given) replies.push(await answerOne(one))
  const replayed = replies.every(({ headers }) => headers['idempotent-replayed'] === 'true')
  return {
    status: 200,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...(replayed && { 'idempotent-replayed': 'true' }),
    },
    body: `[${replies.map(({ body }) => body).join()}]`,
  }
}
