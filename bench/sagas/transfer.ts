import { defineEvent, type Message } from '@steinmetz/kernel/outbox'
import { saga } from '@steinmetz/saga-worker/saga'
import { z } from 'zod'

/** What begins a transfer. */
export const TransferOrdered = defineEvent({
  type: 'bench.TransferOrdered',
  aggregate: 'transferId',
  payload: z.object({ transferId: z.string(), cents: z.number() }),
})

const sent = (mutation: string) => (input: object) => ({ subgraph: 'effects', mutation, input })
const [debit, credit, receipt, refund] = [sent('debit'), sent('credit'), sent('receipt'), sent('refund')]

/** The workflow both engines do: three steps, each one committed row in another database. */
export const transfer = saga({
  name: 'transfer',
  version: 1,
  owner: 'bench',
  startOn: TransferOrdered,
  correlateBy: ({ transferId }) => transferId,
  deadlineDays: 30,
})
  .step('debit', { command: ({ start }) => debit(start), compensate: ({ start }) => refund(start) })
  .pivot('credit', { command: ({ start }) => credit(start) })
  .retriable('receipt', { command: ({ start }) => receipt(start) })

/** The GraphQL document of each step, as the worker's generated client has them for its own subgraphs. */
const documents = Object.fromEntries(
  ['debit', 'credit', 'receipt', 'refund'].map((name) => [
    `effects.${name}`,
    `mutation ${name}($idempotencyKey: String!, $input: TransferInput!) { ${name}(idempotencyKey: $idempotencyKey, input: $input) { id } }`,
  ]),
)

export const commands = { documents, scopes: ['effects:transfer'] }

/** Orders a transfer as a relay would bring it: the event of a command that was committed. */
export function ordered(transferId: string, tenantId: string): Message {
  const { type, aggregateId, payload } = TransferOrdered({ transferId, cents: 12_345 })
  const causedBy = { person: 'clerk', account: 'a', session: 's', address: '127.0.0.1', requestId: transferId }
  const occurredAt = new Date().toISOString()
  return { id: transferId, type, aggregateId, payload, tenantId, occurredAt, causedBy, traceparent: null }
}
