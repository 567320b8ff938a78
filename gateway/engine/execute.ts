import { type GraphQLSchema, getVariableValues } from 'graphql'
import type { Answer } from './answers.ts'
import type { ReadByClientKey } from './clientAliases.ts'
import type { Json, JsonObject } from './json.ts'
import { mergeInto } from './mergeInto.ts'
import type { Operation } from './operation.ts'
import { requestError } from './requestErrors.ts'
import type { ExecutionTrace, Problem, ResponseError, Run, Send } from './run.ts'
import { bubble } from './writeValues.ts'

/** A GraphQL response as text. */
export type Reply = {
  body: string
  /** True when nothing was executed: the response has no `data`. */
  refused: boolean
  errors: readonly ResponseError[]
}

/** May replace an error before it is told, to hide what a stranger must not read. */
export type Mask = (error: ResponseError) => ResponseError

export type Collected = (data: JsonObject, read: ReadByClientKey | undefined) => void

export type Execution = {
  operation: Operation
  schema: GraphQLSchema
  variables: Readonly<Record<string, unknown>> | undefined
  send: Send
  mask: Mask | undefined
  /** Hears what was collected, before it is written: `read` reads it by the client's names, where others stand in it. */
  collected?: Collected | undefined
  trace?: ExecutionTrace | undefined
  /** Members of the response's `extensions`, asked once the answer is known. */
  extensions?: (() => Record<string, unknown> | undefined) | undefined
}

/** Answers one event of a subscription: what the subgraph sent, completed from the others. */
export async function executeEvent(execution: Execution, event: Answer): Promise<Reply> {
  const run = startRun(execution)
  if ('refused' in run) return run
  const { errors, fetch } = execution.operation
  // Others hear the same event: what is fetched for this one must not come into theirs.
  if (event.data) mergeInto(run.data, fetch ? structuredClone(event.data) : event.data)
  for (const error of event.errors ?? []) errors.tell(run, error, error.path ?? [])
  await fetch?.(run)
  execution.collected?.(run.data, execution.operation.read)
  return finish(run, execution)
}

/** Runs an operation that is not a subscription. */
export async function execute(execution: Execution): Promise<Reply> {
  const run = startRun(execution)
  if ('refused' in run) return run
  execution.trace?.planned(execution.operation.plan)
  await execution.operation.fetch?.(run)
  execution.collected?.(run.data, execution.operation.read)
  return finish(run, execution)
}

/** Begins a run, or refuses it because the variables do not fit. */
export function startRun({ operation, schema, variables = {}, send, trace }: Execution): Run | Reply {
  const definitions = operation.definition.variableDefinitions ?? []
  let coerced: Record<string, unknown> = {}
  if (definitions.length > 0) {
    const values = getVariableValues(schema, definitions, variables, { maxErrors: 10 })
    if (values.errors) return refuse(values.errors.map((error) => requestError('BAD_USER_INPUT', error.message, error)))
    coerced = values.coerced
  }
  return {
    variables: variables as Record<string, Json>,
    coerced,
    data: {},
    errors: [],
    problems: [],
    entities: operation.kind === 'query' && operation.shareable ? new Map() : undefined,
    collected: operation.isParallel ? new Set() : undefined,
    sharesText: false,
    written: [],
    send,
    trace,
  }
}

export function refuse(errors: readonly ResponseError[]): Reply {
  return { body: JSON.stringify({ errors }), refused: true, errors }
}

/** Writes the response of a run whose fetches are done. */
export function finish(run: Run, { operation, mask, extensions }: Execution): Reply {
  const text = operation.write(run, run.data)
  const data = text === bubble ? 'null' : text
  const found = run.problems.filter((problem) => !isExplained(problem, run.errors)).map(problemError)
  const errors = [...run.errors, ...found].map((error) => (mask ? mask(error) : error))
  const extra = extensions?.()
  if (errors.length === 0 && !extra) return { body: `{"data":${data}}`, refused: false, errors }
  const told = errors.length > 0 ? `"errors":${JSON.stringify(errors)},` : ''
  const tail = extra ? `,"extensions":${JSON.stringify(extra)}` : ''
  return { body: `{${told}"data":${data}${tail}}`, refused: false, errors }
}

/** A missing value needs no error of its own where a subgraph has told why it is missing. */
function isExplained({ isNull, path }: Problem, errors: readonly ResponseError[]): boolean {
  return (
    isNull &&
    errors.some(({ path: told }) => {
      const depth = Math.min(told?.length ?? 0, path.length)
      return told === undefined || told.slice(0, depth).every((key, index) => key === path[index])
    })
  )
}

function problemError({ message, path, code }: Problem): ResponseError {
  return { message, path, extensions: { code: 'INTERNAL', reason: code ?? 'INVALID_SUBGRAPH_ANSWER' } }
}
