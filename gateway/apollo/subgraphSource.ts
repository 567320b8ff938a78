import type { GraphQLDataSource } from '@apollo/gateway'
import { type Facts, fault } from '@steinmetz/kernel/errors'
import type { Log, Tracing } from '@steinmetz/kernel/telemetry'
import { type FormattedExecutionResult, GraphQLError } from 'graphql'
import { type Dispatcher, request } from 'undici'
import type { RequestContext } from '../graph.ts'
import type { RoutedSubgraph } from '../supergraph.ts'

/** What the subgraph calls of one request share. */
export type CallContext = {
  request: RequestContext
  /** One entry for each mutation sent to a subgraph: whether it was answered from a stored answer. */
  mutations: { replayed: boolean }[]
}

/** How subgraphs are reached: pooled connections, and how long one call may take. */
export type Transport = { dispatcher: Dispatcher; timeoutMs: number; log: Log; tracing: Tracing }

type Call = { query: string; operationName?: string; variables?: Record<string, unknown> }

/**
 * Sends the fetches of a query plan to one subgraph, with an internal token, the request id and the trace. What
 * keeps it from an answer is a GraphQL error with the code UNAVAILABLE; addresses and bodies stay in the log.
 */
export function subgraphSource(subgraph: RoutedSubgraph, transport: Transport): GraphQLDataSource {
  return {
    async process({ request: { query, operationName, variables }, context }) {
      if (!query) throw new Error('a fetch without a query')
      const call = { query, ...(operationName && { operationName }), ...(variables && { variables }) }
      const { request: caller, mutations } = context as CallContext
      // Set before the call: a mutation that fails has not been replayed.
      const mutation = { replayed: false }
      if (query.startsWith('mutation')) mutations.push(mutation)
      const span = { kind: 'client', parent: caller.traceparent } as const
      const { result, replayed } = await transport.tracing.span(`fetch ${subgraph.name}`, span, (traceparent) =>
        send(subgraph, call, { ...caller, traceparent }, transport),
      )
      mutation.replayed = replayed
      return result as Awaited<ReturnType<GraphQLDataSource['process']>>
    },
  }
}

async function send(subgraph: RoutedSubgraph, call: Call, caller: RequestContext, transport: Transport) {
  const signal = AbortSignal.any([caller.signal, AbortSignal.timeout(transport.timeoutMs)])
  try {
    const answer = await request(subgraph.url, {
      method: 'POST',
      dispatcher: transport.dispatcher,
      signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json',
        authorization: caller.authorization(),
        'x-request-id': caller.requestId,
        traceparent: caller.traceparent,
      },
      body: JSON.stringify(call),
    })
    const text = await answer.body.text()
    if (answer.statusCode === 401) {
      // Our own token was refused, which no client can mend: keys or clocks of this installation disagree.
      throw unavailable(subgraph, 'SUBGRAPH_REFUSES_GATEWAY', 'does not accept the gateway')
    }
    return { result: graphqlResult(subgraph, text), replayed: answer.headers['idempotent-replayed'] === 'true' }
  } catch (error) {
    throw told(subgraph, error, transport)
  }
}

function graphqlResult(subgraph: RoutedSubgraph, text: string): FormattedExecutionResult {
  try {
    const result: unknown = JSON.parse(text)
    if (typeof result === 'object' && result !== null && ('data' in result || 'errors' in result))
      return result as FormattedExecutionResult
  } catch {
    // Told below: what is not JSON is as unreadable as JSON of another shape.
  }
  throw unavailable(subgraph, 'SUBGRAPH_UNREADABLE', 'did not answer in GraphQL')
}

/** Turns whatever went wrong into what the client may know, and logs the rest. */
function told(subgraph: RoutedSubgraph, error: unknown, { log }: Transport): GraphQLError {
  const cause = error instanceof Error ? error : new Error('unknown', { cause: error })
  const known = cause instanceof GraphQLError
  const facts: Facts = { subgraph: subgraph.name, url: subgraph.url }
  log.warn({ ...facts, err: known ? fault(String(cause.extensions.reason), cause.message) : cause }, 'subgraph failed')
  if (known) return cause
  return cause.name === 'TimeoutError'
    ? unavailable(subgraph, 'SUBGRAPH_TIMEOUT', 'did not answer in time')
    : unavailable(subgraph, 'SUBGRAPH_UNREACHABLE', 'does not answer')
}

function unavailable({ name }: RoutedSubgraph, reason: string, what: string): GraphQLError {
  return new GraphQLError(`${name} ${what}`, { extensions: { code: 'UNAVAILABLE', reason, serviceName: name } })
}
