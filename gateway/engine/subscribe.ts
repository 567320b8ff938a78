import { type Answer, readError } from './answers.ts'
import type { EventSource } from './eventSource.ts'
import { type Execution, executeEvent, type Reply } from './execute.ts'
import type { Events } from './feed.ts'
import { isObject, type Json } from './json.ts'
import type { ResponseError } from './run.ts'

/** Listens to the subgraph that owns a subscription's root field, with the variables of its client. */
export type OpenEvents = (source: EventSource, variables: Readonly<Record<string, unknown>>) => Events

/**
 * Runs a subscription: its root field is forwarded to one subgraph, and each event completed from the others as a
 * query would be. Events are completed one after the other, so they leave in the order they came; what comes while the
 * reader is busy with one waits.
 */
export function subscribeTo(execution: Execution, source: EventSource, open: OpenEvents): AsyncIterableIterator<Reply> {
  const upstream = open(source, execution.variables ?? {})
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const event = await upstream.next()
      if (event.done) return { done: true, value: undefined }
      return { done: false, value: await executeEvent(execution, readEvent(source.service, event.value)) }
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
