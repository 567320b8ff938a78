import { type Answer, readError } from './answers.ts'
import { type Execution, executeEvent, type Reply } from './execute.ts'
import type { FetchNode } from './fetchPlan.ts'
import { isObject, type Json } from './json.ts'
import type { ResponseError } from './run.ts'

/** What a subgraph's stream carries, one by one: GraphQL results as plain JSON. */
export type Events = AsyncIterator<unknown, void> & { return(): Promise<IteratorResult<unknown, void>> }

/** A GraphQL request to be subscribed to at a subgraph. */
export type EventRequest = {
  query: string
  operationName: string | undefined
  variables: Readonly<Record<string, unknown>>
}

/** Opens the stream of one root field at the subgraph that owns it. */
export type OpenEvents = (service: string, request: EventRequest) => Events

/**
 * Runs a subscription: its root field is forwarded to one subgraph, and each event completed from the others as a
 * query would be. Events are completed one after the other, so they leave in the order they came; while the reader
 * is busy with one, the upstream holds back the next.
 */
export function subscribeTo(execution: Execution, primary: FetchNode, open: OpenEvents): AsyncIterableIterator<Reply> {
  const { variables = {} } = execution
  const used = primary.variableUsages.filter((name) => name in variables).map((name) => [name, variables[name]])
  const upstream = open(primary.serviceName, {
    query: primary.operation,
    operationName: primary.operationName,
    variables: Object.fromEntries(used),
  })
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const event = await upstream.next()
      if (event.done) return { done: true, value: undefined }
      return { done: false, value: await executeEvent(execution, readEvent(primary.serviceName, event.value as Json)) }
    },
    async return() {
      await upstream.return()
      return { done: true, value: undefined }
    },
  }
}

function readEvent(service: string, event: Json): Answer {
  const { data, errors } = isObject(event) ? event : {}
  const told: ResponseError[] = Array.isArray(errors) ? errors.map((error) => readError(service, error)) : []
  return { data: isObject(data) ? data : null, errors: told.length > 0 ? told : undefined }
}
