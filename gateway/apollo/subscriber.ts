import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { buildOperationContext, executeQueryPlan, type GraphQLDataSource } from '@apollo/gateway'
import { type FetchNode, type PlanNode, type QueryPlan, QueryPlanner } from '@apollo/query-planner'
import { type FormattedExecutionResult, type GraphQLError, type GraphQLFormattedError, validate } from 'graphql'
import { getVariableValues } from 'graphql/execution/values.js'
import type { Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import { operationOf } from '../guards/documentLimits.ts'
import type { RoutedSupergraph } from '../supergraph.ts'
import { presentError } from './presentError.ts'
import type { CallContext, Transport } from './subgraphSource.ts'
import { openUpstream, type Upstream } from './upstream.ts'

type Result = FormattedExecutionResult
type Sources = Readonly<Record<string, GraphQLDataSource>>
type Subscription = { primary: FetchNode; perEvent: QueryPlan }

/** The name under which an event takes part in the plan of its own completion. No subgraph can bear it. */
const EVENT = '$event'

/**
 * Starts subscriptions: the root field with what its subgraph knows is forwarded to that subgraph; what other
 * subgraphs know is fetched for each event, as a query would. The library plans this but refuses to run it, so each
 * event is run as a plan whose first fetch is answered by the event itself.
 */
export function createSubscriber(
  supergraph: RoutedSupergraph,
  sources: ReadonlyMap<string, GraphQLDataSource>,
  { production, transport }: { production: boolean; transport: Transport },
): Graph['subscribe'] {
  const built = Supergraph.build(supergraph.sdl)
  const api = built.apiSchema()
  const [schema, supergraphSchema] = [api.toGraphQLJSSchema(), built.schema.toGraphQLJSSchema()]
  const planner = new QueryPlanner(built, {})
  const present = (result: Result): Result => ({
    ...result,
    ...(result.errors && { errors: result.errors.map((error) => presentError(error, production)) }),
  })

  const complete = async (
    request: GraphQLRequest,
    { primary, perEvent }: Subscription,
    event: Result,
    context: RequestContext,
  ) => {
    const serviceMap: Sources = { ...Object.fromEntries(sources), [EVENT]: { process: async () => event } }
    const call: CallContext = { request: context, mutations: [] }
    const { document, operationName, variables = {} } = request
    const requestContext = { request: { query: request.query, variables }, context: call, metrics: {}, document }
    const result = await executeQueryPlan(
      perEvent,
      serviceMap,
      requestContext as unknown as Parameters<typeof executeQueryPlan>[2],
      buildOperationContext({ schema, operationDocument: document, ...(operationName && { operationName }) }),
      supergraphSchema,
      api,
    )
    return present(named(result as Result, primary.serviceName))
  }

  return async (request, context) => {
    const refused = refusals(schema, request, production)
    if (refused.length > 0) return present({ errors: refused })
    const operation = operationFromDocument(api, request.document, { operationName: request.operationName })
    const plan = subscriptionOf(planner.buildQueryPlan(operation))
    const subgraph = supergraph.subgraphs.find(({ name }) => name === plan.primary.serviceName)
    if (!subgraph) throw new Error(`the plan subscribes to ${plan.primary.serviceName}, which has no address`)
    const upstream = openUpstream(subgraph, forwarded(plan.primary, request), context, transport.log)
    return eventsOf(upstream, (event) => complete(request, plan, event, context))
  }
}

function refusals(
  schema: Parameters<typeof validate>[0],
  request: GraphQLRequest,
  hideSuggestions: boolean,
): GraphQLFormattedError[] {
  const invalid = validate(schema, request.document, undefined, { hideSuggestions })
  const withCode = (errors: readonly GraphQLError[], code: string) =>
    errors.map((error) => ({ ...error.toJSON(), extensions: { ...error.extensions, code } }))
  if (invalid.length > 0) return withCode(invalid, 'GRAPHQL_VALIDATION_FAILED')
  const { variableDefinitions = [] } = operationOf(request.document, request.operationName)
  const { errors = [] } = getVariableValues(schema, variableDefinitions, request.variables ?? {}, { hideSuggestions })
  return withCode(errors, 'BAD_USER_INPUT')
}

function subscriptionOf({ node }: QueryPlan): Subscription {
  if (node?.kind !== 'Subscription') throw new Error(`planned a ${node?.kind} for a subscription`)
  const event: FetchNode = { ...node.primary, serviceName: EVENT }
  const nodes: PlanNode[] = node.rest ? [event, node.rest] : [event]
  return { primary: node.primary, perEvent: { kind: 'QueryPlan', node: { kind: 'Sequence', nodes } } }
}

function forwarded({ operation, operationName, variableUsages = [] }: FetchNode, { variables = {} }: GraphQLRequest) {
  const used = variableUsages.filter((name) => name in variables).map((name) => [name, variables[name]])
  return { query: operation, ...(operationName && { operationName }), variables: Object.fromEntries(used) }
}

/** Errors that came with the event are told under the stand-in's name; the client knows the subgraph's. */
function named(result: Result, service: string): Result {
  if (!result.errors) return result
  const errors = result.errors.map((error) =>
    error.extensions?.serviceName === EVENT
      ? { ...error, message: error.message, extensions: { ...error.extensions, serviceName: service } }
      : error,
  )
  return { ...result, errors }
}

function eventsOf(upstream: Upstream, complete: (event: Result) => Promise<Result>): AsyncIterableIterator<Result> {
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const event = await upstream.next()
      return event.done ? event : { done: false, value: await complete(event.value) }
    },
    async return() {
      await upstream.return()
      return { done: true, value: undefined }
    },
  }
}
