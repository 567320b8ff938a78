import type { Caller, GraphQLAnswer, TestSubgraph } from './subgraph.ts'

/** What came of a mutation: the member of its result's union, or the extensions of the error in its place. */
export type Sent = {
  readonly result: GraphQLAnswer['data']
  readonly error: Record<string, unknown> | undefined
  readonly replayed: boolean
}

/** The idempotency key, where a test means a certain one; and that of the mutation that is to be undone. */
type Keys = { readonly key?: string | undefined; readonly forwardKey?: string }

/** Sends a mutation, under a key of its own unless one is given. */
export type Send = (caller: Caller, mutation: string, input: object, keys?: string | Keys) => Promise<Sent>

let counter = 0
/** A text that no other test of this machine has: a number, a name, a key. */
export const unique = () => `${process.pid}-${++counter}`

/**
 * How tests of a domain change its state. `payloads` says by mutation what is asked of its payload, `inputs` the type of
 * its input where that is not named after it.
 */
export function sender(
  { ask }: Pick<TestSubgraph, 'ask'>,
  payloads: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
): Send {
  return async (caller, mutation, input, keys = {}) => {
    const { key = `key-${unique()}`, forwardKey } = typeof keys === 'string' ? { key: keys } : keys
    const type = mutation.charAt(0).toUpperCase() + mutation.slice(1)
    const [declared, given] = forwardKey ? [', $forwardKey: ID!', ', forwardKey: $forwardKey'] : ['', '']
    const query = `mutation ($key: ID!, $input: ${inputs[mutation] ?? `${type}Input`}!${declared}) {
      ${mutation}(idempotencyKey: $key, input: $input${given}) {
        __typename ... on Refusal { code message } ... on ${type}Payload { ${payloads[mutation]} } } }`
    const { data, errors, replayed } = await ask(caller, query, { key, input, forwardKey })
    return { result: data?.[mutation], error: errors[0]?.extensions, replayed }
  }
}
