import { type OperationDefinitionNode, parse } from 'graphql'
import { acceptedType } from '../engine/overHttp.ts'
import type { Answer, Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import type { Caller } from './authentication.ts'
import { type Authorization, createAuthorization, type OnForbidden, type Permitted } from './authorization.ts'
import { type CostModel, costModel, type Price } from './cost.ts'
import { withinDeadline } from './deadline.ts'
import { Denied } from './denied.ts'
import { operationOf } from './documentLimits.ts'
import type { Rights } from './fieldAccess.ts'
import { guardEvents, rightsChanged } from './guardedEvents.ts'
import { returnedHeaders } from './passedHeaders.ts'
import type { Demand, RateHeaders, RateLimits } from './rateLimits.ts'
import { quotaOwner, requestDemands } from './requestDemands.ts'
import { supergraphRules } from './supergraphRules.ts'

/** `off` does not look; `measure` counts what `enforce` would deny; `enforce` denies it. */
export type CostMode = 'off' | 'measure' | 'enforce'

export type GraphGuards = {
  rates: RateLimits
  cost: {
    mode: CostMode
    /** What one operation may cost at most. */
    most: number
    /** How long a list is taken to be that nothing bounds. */
    listSize: number
    /** Whether each answer tells its cost in `extensions.cost`. */
    told: boolean
    /** Whether each event of a subscription draws on the quota, by what it has cost. */
    events: boolean
  }
  onForbidden: OnForbidden
  /** The policies (`@policy`) whose conditions a caller meets. */
  policiesOf(caller: Caller): ReadonlySet<string>
  /** Denies a caller whose token is no longer good. */
  checkAgain(caller: Caller): Promise<void>
  /** Headers of subgraphs' answers that clients get. */
  returnHeaders: readonly string[]
  heard?: {
    cost?(kind: 'estimated' | 'actual', cost: number): void
    /** An operation was, or would have been, denied for its cost. */
    tooDear?(): void
    denied?(reason: string): void
  }
}

/**
 * Puts the guards before a graph, so that no door can forget them: who may read what, what it costs, how much of it,
 * and by when. Denials are answers, as `Graph` promises; whatever is denied uses up a request of its client's quota,
 * or trying would be free.
 */
export function guardGraph(graph: Graph, supergraph: string, guards: GraphGuards): Graph {
  const rules = supergraphRules(parse(supergraph, { noLocation: true }))
  const authorization = createAuthorization(rules, guards.onForbidden)
  const costs = guards.cost.mode === 'off' ? undefined : costModel(rules, guards.cost)
  const admit = createAdmission({ authorization, costs, guards })

  return {
    async execute(request, context) {
      try {
        const admitted = await admit(request, context)
        return await executed(graph, admitted, context, guards)
      } catch (error) {
        if (!(error instanceof Denied)) throw error
        guards.heard?.denied?.(error.reason)
        return deniedAnswer(error, context)
      }
    },
    async subscribe(request, context) {
      try {
        const admitted = await admit(request, context)
        const { asked, permitted, price } = admitted
        const spent = { cost: 0 }
        const started = await graph.subscribe(asked, {
          ...context,
          ...(price && {
            collected(data, read) {
              spent.cost = price.actual(data, read)
            },
          }),
        })
        if (!(Symbol.asyncIterator in started)) return started
        return guardEvents(started, {
          allow: () => allowEvent(admitted, spent.cost, context, { authorization, guards }),
          complete: (event) => (permitted ? permitted.complete(event, request.variables) : event),
          denied: ({ reason }) => guards.heard?.denied?.(reason),
        })
      } catch (error) {
        if (!(error instanceof Denied)) throw error
        guards.heard?.denied?.(error.reason)
        return error.result
      }
    },
    subgraphs: () => graph.subgraphs(),
    holds: () => graph.holds(),
    stop: () => graph.stop(),
  }
}

/** A request that may be executed: what is left of it, what it may cost, and what its client is told of quotas. */
type Admitted = {
  request: GraphQLRequest
  asked: GraphQLRequest
  permitted: Permitted | undefined
  price: Price | undefined
  rateHeaders: RateHeaders
}

type Admission = { authorization: Authorization; costs: CostModel | undefined; guards: GraphGuards }

function createAdmission({ authorization, costs, guards }: Admission) {
  return async (request: GraphQLRequest, context: RequestContext): Promise<Admitted> => {
    const operation = operationOf(request.document, request.operationName)
    const price = costs?.price(request.document, operation, request.variables)
    if (price) guards.heard?.cost?.('estimated', price.estimated)
    const denial = price && denialFor(price, guards)
    const permitted = denial ?? permittedOf(authorization, operation, request, rightsOf(context.caller, guards))
    const isDenied = permitted instanceof Denied
    // What goes on on another supergraph was paid for when it began.
    const demands = context.stream?.feed
      ? []
      : [
          ...requestDemands(context, operation.operation),
          ...(isDenied || !price ? [] : costDemand(context, price.estimated, guards)),
        ]
    const rateHeaders = demands.length > 0 ? await guards.rates.take(quotaOwner(context), demands) : {}
    if (isDenied) throw permitted.with(rateHeaders)
    const asked = permitted ? { ...request, query: permitted.query, document: permitted.document } : request
    return { request, asked, permitted, price, rateHeaders }
  }
}

function permittedOf(
  authorization: Authorization,
  operation: OperationDefinitionNode,
  { document }: GraphQLRequest,
  rights: Rights,
): Permitted | Denied | undefined {
  try {
    return authorization.permitted(document, operation, rights)
  } catch (error) {
    if (error instanceof Denied) return error
    throw error
  }
}

const nothing: ReadonlySet<string> = new Set()

function rightsOf(caller: Caller | undefined, { policiesOf }: GraphGuards): Rights {
  if (!caller) return { authenticated: false, scopes: nothing, policies: nothing }
  return { authenticated: true, scopes: caller.scopes, policies: policiesOf(caller) }
}

function denialFor({ estimated, unbounded }: Price, { cost: { mode, most }, heard }: GraphGuards): Denied | undefined {
  if (estimated <= most && !unbounded) return undefined
  heard?.tooDear?.()
  if (mode !== 'enforce') return undefined
  if (estimated > most) {
    const message = `The operation may cost ${estimated}, and ${most} is the most: ask for shorter lists or fewer fields`
    return new Denied(400, 'BAD_USER_INPUT', 'COST_TOO_HIGH', message)
  }
  const message = `${unbounded?.field} needs a value for ${unbounded?.by.join(' or ')}, which bounds its list`
  return new Denied(400, 'BAD_USER_INPUT', 'LIST_UNBOUNDED', message)
}

function costDemand({ caller }: RequestContext, weight: number, { cost }: GraphGuards): Demand[] {
  return caller && cost.mode === 'enforce' ? [{ class: 'cost', of: caller.account, weight }] : []
}

/**
 * Holds one event to what holds now: the token is looked at again, policies are asked again, and what the event has
 * cost is taken from the quota. On another supergraph a subscription begins anew, with the rules of that one.
 */
async function allowEvent(
  { request, permitted }: Admitted,
  spent: number,
  context: RequestContext,
  { authorization, guards }: Omit<Admission, 'costs'>,
): Promise<void> {
  const { caller } = context
  if (caller) await guards.checkAgain(caller)
  const operation = operationOf(request.document, request.operationName)
  const now = authorization.permitted(request.document, operation, rightsOf(caller, guards))
  if (now?.query !== permitted?.query) throw rightsChanged()
  if (!guards.cost.events || spent === 0) return
  guards.heard?.cost?.('actual', spent)
  await guards.rates.take(quotaOwner(context), costDemand(context, spent, guards))
}

async function executed(
  graph: Graph,
  { request, asked, permitted, price, rateHeaders }: Admitted,
  context: RequestContext,
  guards: GraphGuards,
): Promise<Answer> {
  const headers = returnedHeaders(guards.returnHeaders)
  // Where nothing was executed, as in a request that does not validate, nothing was spent.
  let actual = 0
  const watched: RequestContext = {
    ...context,
    returned: headers.note,
    ...(price && {
      collected(data, read) {
        actual = price.actual(data, read)
      },
    }),
    ...(price &&
      price.estimated > 0 &&
      guards.cost.told && { extensions: () => ({ cost: costTold(price, actual, guards) }) }),
  }
  const answer = await withinDeadline(graph.execute(asked, watched), context.signal)
  if (price) settle(price, actual, context, guards)
  return {
    ...answer,
    ...(permitted && completed(answer.body, permitted, request)),
    headers: { ...headers.all(), ...rateHeaders },
  }
}

function costTold({ estimated }: Price, actual: number, { cost: { most } }: GraphGuards) {
  return { estimated, actual, most }
}

/** Gives back what was reserved and not spent. Nobody waits for it. */
function settle(price: Price, actual: number, context: RequestContext, guards: GraphGuards): void {
  guards.heard?.cost?.('actual', actual)
  for (const demand of costDemand(context, price.estimated, guards)) {
    if (demand.weight === actual) continue
    void guards.rates.giveBack(quotaOwner(context), { ...demand, weight: demand.weight - actual })
  }
}

function completed(body: string, permitted: Permitted, { variables }: GraphQLRequest): Pick<Answer, 'body' | 'errors'> {
  const result = permitted.complete(JSON.parse(body), variables)
  return { body: JSON.stringify(result), errors: result.errors ?? [] }
}

function deniedAnswer(denied: Denied, { accept }: RequestContext): Answer {
  return {
    status: denied.status,
    contentType: `${acceptedType(accept) ?? 'application/json'}; charset=utf-8`,
    body: JSON.stringify(denied.result),
    errors: denied.result.errors,
    replayed: false,
    headers: denied.headers,
  }
}
