import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql'
import { askedFields } from './askedFields.ts'
import { aliasCollisions, type ReadByClientKey } from './clientAliases.ts'
import type { Fragments } from './collectFields.ts'
import { compilePlan } from './compilePlan.ts'
import { compileWriter } from './compileWriter.ts'
import { withoutContradictions } from './contradictions.ts'
import { withoutCustomDirectives } from './customDirectives.ts'
import { type ErrorPlaces, errorPlaces } from './errorPlaces.ts'
import { type EventSource, eventSource } from './eventSource.ts'
import { type FetchPlan, fetchesOf, fetchKey, hasParallel } from './fetchPlan.ts'
import type { PlanContext, Step } from './fetchStep.ts'
import { compileIntrospection } from './introspection.ts'
import { requestError, syntaxError, validationError } from './requestErrors.ts'
import type { ResponseError } from './run.ts'
import { isShareable } from './shareable.ts'
import { sharingOf } from './sharedPaths.ts'
import type { LoadedSupergraph } from './supergraph.ts'
import { unreachableFields } from './unreachable.ts'
import type { ValueWriter } from './writeValues.ts'

/** A client's operation, compiled: all that does not depend on variables or caller. */
export type Operation = {
  kind: 'query' | 'mutation' | 'subscription'
  name: string | undefined
  document: DocumentNode
  definition: OperationDefinitionNode
  /** What `fetch` was compiled from. */
  plan: FetchPlan
  /** Fetches what the operation asks for; absent where nothing has to be fetched. */
  fetch: Step | undefined
  /** Of a subscription: where its events come from. `fetch` then completes one event. */
  events: EventSource | undefined
  write: ValueWriter
  /** Whether equal entities may be fetched once and shared. */
  shareable: boolean
  errors: ErrorPlaces
  /** Whether fetches of it may be under way at once. */
  isParallel: boolean
  /** Reads collected data by the client's names, where the plan has others. */
  read: ReadByClientKey | undefined
  /** About how much memory it holds. */
  bytes: number
}

export type Prepared =
  | { operation: Operation; errors?: never }
  | { operation?: never; errors: readonly ResponseError[] }

export type PrepareOptions = {
  maxTokens: number
  hideSuggestions: boolean
  /** Rules beyond the specification's: limits, introspection. */
  rules: readonly ValidationRule[]
}

export type OperationRequest = {
  query: string
  operationName?: string | undefined
  overrides?: readonly string[] | undefined
}

/** Parses, validates, plans and compiles a request, or says why it cannot be executed. */
export async function prepareOperation(
  request: OperationRequest,
  supergraph: LoadedSupergraph,
  options: PrepareOptions,
): Promise<Prepared> {
  const read = readDocument(request, supergraph, options)
  if (read.errors) return read
  const { document, definition } = read
  const aliased = aliasCollisions(withoutCustomDirectives(document), supergraph.plannersNames)
  const { operationName, overrides } = request
  try {
    const asked = withoutContradictions(aliased.document, operationName)
    const plan = asked && (await supergraph.plan({ document: print(asked), operationName, overrides }))
    return compileOperation({ request, document, definition, aliased, asks: asked !== undefined, plan, supergraph })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return { errors: [requestError('GRAPHQL_VALIDATION_FAILED', error.message, error)] }
  }
}

type Read = { document: DocumentNode; definition: OperationDefinitionNode; errors?: never }

function readDocument(
  { query, operationName }: OperationRequest,
  supergraph: LoadedSupergraph,
  options: PrepareOptions,
): Read | { errors: readonly ResponseError[] } {
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens: options.maxTokens })
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    return { errors: [syntaxError(error)] }
  }
  const problems = validate(supergraph.schema, document, [...specifiedRules, ...options.rules])
  if (problems.length > 0)
    return { errors: problems.map((problem) => validationError(problem, options.hideSuggestions)) }
  const definition = getOperationAST(document, operationName)
  if (definition) return { document, definition }
  const message = operationName ? `there is no operation named "${operationName}"` : 'an operation name is needed'
  return { errors: [requestError('OPERATION_RESOLUTION_FAILURE', message)] }
}

type Parts = {
  request: OperationRequest
  document: DocumentNode
  definition: OperationDefinitionNode
  aliased: ReturnType<typeof aliasCollisions>
  /** Whether there is anything that some request asks for. */
  asks: boolean
  plan: FetchPlan
  supergraph: LoadedSupergraph
}

function compileOperation({ request, document, definition, aliased, asks, plan, supergraph }: Parts): Prepared {
  const { schema, isOfType, isAbstract } = supergraph
  const fragments = fragmentsOf(document)
  const unreachable = unreachableFields(definition, fragments, plan, schema, aliased.planKey)
  if (asks && !plan && unreachable.size > 0) return { errors: [unsatisfiable] }
  const root = schema.getRootType(definition.operation)
  if (!root) return { errors: [unsatisfiable] }

  const branch = { set: definition.selectionSet, shown: undefined }
  const shareable = isShareable(aliased.document)
  const isolated = fetchesOf(plan).some((fetch) => fetch.contextRewrites)
  const sharing = sharingOf(plan, shareable && !isolated)
  const context: PlanContext = {
    isOfType,
    isAbstract,
    shareable: shareable && !isolated,
    isolated,
    repeats: repeatedKeys(plan),
    shape: sharing.shape,
    askedAt: askedFields(plan, isOfType),
    errors: errorPlaces({ root, branch, plan, schema, fragments, planKey: aliased.planKey, isOfType }),
  }
  const node = plan?.kind === 'Subscription' ? plan.rest : plan
  const write = compileWriter(root, branch, {
    schema,
    fragments,
    planKey: aliased.planKey,
    introspect: compileIntrospection(schema, document, definition),
    missing: (field: FieldNode) => (unreachable.has(field) ? unreachableField(field) : undefined),
    sharing,
  })
  return {
    operation: {
      kind: definition.operation,
      name: definition.name?.value,
      document,
      definition,
      plan,
      fetch: node && compilePlan(node, context),
      events: plan?.kind === 'Subscription' ? eventSource(plan.primary, schema) : undefined,
      write,
      shareable: context.shareable,
      errors: context.errors,
      isParallel: node !== undefined && hasParallel(node),
      read: aliased.read,
      bytes: weigh(request.query, plan),
    },
  }
}

function repeatedKeys(plan: FetchPlan): (key: string) => boolean {
  const keys = fetchesOf(plan).flatMap((fetch) => (fetch.requires ? fetchKey(fetch) : []))
  const repeated = new Set(keys.filter((key, index) => keys.indexOf(key) !== index))
  return (key) => repeated.has(key)
}

const unsatisfiable = requestError('INTERNAL', 'no subgraph can answer what the operation asks for')

function unreachableField(field: FieldNode): { message: string; code: string } {
  return { message: `no subgraph can answer "${field.name.value}" here`, code: 'UNREACHABLE_FIELD' }
}

function fragmentsOf(document: DocumentNode): Fragments {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
  return new Map(fragments.map((fragment): [string, FragmentDefinitionNode] => [fragment.name.value, fragment]))
}

/** A syntax tree takes some twenty times its text, closures and their texts some five times the plan's. */
function weigh(query: string, plan: FetchPlan): number {
  const planned = fetchesOf(plan).reduce((sum, fetch) => sum + fetch.operation.length + 1_000, 0)
  return 2_000 + query.length * 20 + planned * 5
}
