import type { FetchNode } from './fetchPlan.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { applyRewrites, type IsOfType } from './rewrites.ts'
import { type ResponseError, type Run, SubgraphFailure } from './run.ts'

/** Reads an answer whose equal objects may be one; undefined where it must be read as usual. */
export type ReadShared = (text: string) => Json | undefined

/** A subgraph's answer, read: its data where it sent any, and its errors with paths of its own. */
export type Answer = { data: JsonObject | null; errors: ResponseError[] | undefined }

/** Sends one request of a fetch. Never rejects: a failure is an answer without data. */
export async function ask(fetch: FetchNode, body: string, run: Run, read?: ReadShared): Promise<Answer> {
  const traced = run.trace?.sent(fetch)
  try {
    const { status, text } = await run.send(fetch.serviceName, body)
    const shared = read?.(text)
    if (shared) run.sharesText = true
    const answer = shared ?? parseJson(text)
    traced?.(isObject(answer) ? answer.extensions : undefined)
    return readAnswer(fetch.serviceName, status, answer)
  } catch (error) {
    if (!(error instanceof SubgraphFailure)) throw error
    traced?.()
    return failed(fetch.serviceName, error.reason, error.message)
  }
}

function readAnswer(service: string, status: number, answer: Json | undefined): Answer {
  if (!isObject(answer) || (answer.data === undefined && answer.errors === undefined))
    return failed(service, 'SUBGRAPH_UNREADABLE', `subgraph "${service}" answered ${status} without a GraphQL response`)
  const data = isObject(answer.data) ? answer.data : null
  const errors = Array.isArray(answer.errors) ? answer.errors.map((error) => readError(service, error)) : undefined
  return { data, errors: errors && errors.length > 0 ? errors : undefined }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function readError(service: string, error: Json): ResponseError {
  const { message, path, extensions } = isObject(error) ? error : {}
  const known = isObject(extensions) ? extensions : {}
  const code = typeof known.code === 'string' ? known.code : 'DOWNSTREAM_SERVICE_ERROR'
  return {
    message: typeof message === 'string' && message ? message : `subgraph "${service}" reported an error`,
    ...(Array.isArray(path) && { path: path.filter((key) => typeof key === 'string' || typeof key === 'number') }),
    extensions: { ...known, code, serviceName: service },
  }
}

function failed(service: string, reason: string, message: string): Answer {
  return { data: null, errors: [{ message, extensions: { code: 'UNAVAILABLE', reason, serviceName: service } }] }
}

/** The entities of an answer in the order of their representations, or an answer that says why there are none. */
export function entitiesOf(
  fetch: FetchNode,
  answer: Answer,
  count: number,
): { list: Json[]; errors: Answer['errors'] } {
  const list = answer.data?._entities
  if (Array.isArray(list) && list.length === count) return { list, errors: answer.errors }
  // An answer without data has said why already.
  if (!answer.data && answer.errors) return { list: [], errors: answer.errors }
  const message = `subgraph "${fetch.serviceName}" did not answer every entity it was asked for`
  const wrong = failed(fetch.serviceName, 'SUBGRAPH_UNREADABLE', message)
  return { list: [], errors: [...(answer.errors ?? []), ...(wrong.errors ?? [])] }
}

/** What is known of the supergraph's types. */
export type TypeFacts = { isOfType: IsOfType; isAbstract(typeName: string): boolean }

/**
 * An entity made ready to merge: its fields under the names the plan gives them. A subgraph that knows an interface
 * as an object calls every entity by the interface's name; that name must not replace the concrete type another
 * subgraph told, in whichever order their answers come.
 */
export function finishEntity(
  entity: Json | undefined,
  fetch: FetchNode,
  typename: Json | undefined,
  { isOfType, isAbstract }: TypeFacts,
): JsonObject | null {
  if (!isObject(entity)) return null
  const told = entity.__typename
  const isConcrete = typeof told === 'string' && !isAbstract(told)
  if (fetch.outputRewrites) {
    if (!isConcrete && typename !== undefined) entity.__typename = typename
    applyRewrites(fetch.outputRewrites, entity, isOfType)
  }
  if (!isConcrete) entity.__typename = undefined
  return entity
}
