import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Ask, Operation } from '../endpoint/endpoint.ts'

export type Refusal = { code: string; message: string }
export type Result<Payload> = { payload: Payload; replayed: boolean } | { refusal: Refusal; replayed: boolean }

/** A mutation of the schema. `input` names its input type, `selection` what is read of its payload. */
type Mutation<Payload> = { field: string; input: string; selection: string; payload: z.ZodType<Payload> }

/** Counts what a run's mutations did: changed something, were refused for the first time, or were a replay. */
export type Tally = { made: number; refused: number; replayed: number }

const withId = z.object({ id: z.string() })
const decided = z.object({ request: withId })

/** The mutations that the demo's persons send. */
export const mutations = {
  createDepartment: {
    field: 'createDepartment',
    input: 'CreateDepartmentInput',
    selection: 'CreateDepartmentPayload { department { id } }',
    payload: z.object({ department: withId }),
  },
  draftEmployee: {
    field: 'draftEmployee',
    input: 'DraftEmployeeInput',
    selection: 'DraftEmployeePayload { employee { id } }',
    payload: z.object({ employee: withId }),
  },
  approveRequest: {
    field: 'approveRequest',
    input: 'DecideRequestInput',
    selection: 'ApproveRequestPayload { request { id } }',
    payload: decided,
  },
  rejectRequest: {
    field: 'rejectRequest',
    input: 'DecideRequestInput',
    selection: 'RejectRequestPayload { request { id } }',
    payload: decided,
  },
  setSeller: {
    field: 'setSeller',
    input: 'SetSellerInput',
    selection: 'SetSellerPayload { seller { id } }',
    payload: z.object({ seller: withId }),
  },
  registerCustomer: {
    field: 'registerCustomer',
    input: 'RegisterCustomerInput',
    selection: 'RegisterCustomerPayload { customer { id } }',
    payload: z.object({ customer: withId }),
  },
  draftInvoice: {
    field: 'draftInvoice',
    input: 'DraftInvoiceInput',
    selection: 'DraftInvoicePayload { invoice { id } }',
    payload: z.object({ invoice: withId }),
  },
  requestIssue: {
    field: 'requestIssue',
    input: 'RequestIssueInput',
    selection: 'RequestIssuePayload { invoice { id } }',
    payload: z.object({ invoice: withId }),
  },
  cancelInvoice: {
    field: 'cancelInvoice',
    input: 'CancelInvoiceInput',
    selection: 'CancelInvoicePayload { cancellation { id } }',
    payload: z.object({ cancellation: withId }),
  },
  recordPayment: {
    field: 'recordPayment',
    input: 'RecordPaymentInput',
    selection: 'RecordPaymentPayload { payment { id } }',
    payload: z.object({ payment: withId }),
  },
}

/** Sends a mutation under its key, and counts what came of it. */
export async function mutate<Payload>(
  ask: Ask,
  mutation: Mutation<Payload>,
  { key, input, tally }: { key: string; input: object; tally: Tally },
): Promise<Result<Payload>> {
  const { data, replayed } = await ask(operationOf(mutation), { key, input })
  if (replayed) tally.replayed++
  else if ('refusal' in data) tally.refused++
  else tally.made++
  return { ...data, replayed }
}

/** A short fingerprint of values, for keys: the same values give the same key in every run. */
export function fingerprint(...values: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16)
}

type Decoded<Payload> = { payload: Payload } | { refusal: Refusal }

const refusalSchema = z.object({ __typename: z.literal('Refusal'), code: z.string(), message: z.string() })

function operationOf<Payload>({ field, input, selection, payload }: Mutation<Payload>): Operation<Decoded<Payload>> {
  const document = `mutation Demo_${field}($key: ID!, $input: ${input}!) {
    ${field}(idempotencyKey: $key, input: $input) {
      __typename
      ... on ${selection}
      ... on Refusal { code message }
    }
  }`
  const result = z.union([
    refusalSchema.transform(({ code, message }): Decoded<Payload> => ({ refusal: { code, message } })),
    payload.transform((value): Decoded<Payload> => ({ payload: value })),
  ])
  const data = z.object({ [field]: result }).transform((answer) => answer[field] as Decoded<Payload>)
  return { document, data }
}
