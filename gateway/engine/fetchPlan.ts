/**
 * A query plan as the planner thread hands it over: the planner's own JSON, with two additions that
 * repair it (`source` of a required field, and fetches split where their requirements contradict).
 */
export type FetchPlan = PlanNode | SubscriptionPlan | undefined

export type PlanNode = SequencePlan | ParallelPlan | FlattenPlan | ConditionPlan | FetchNode

export type SequencePlan = { kind: 'Sequence'; nodes: PlanNode[] }
export type ParallelPlan = { kind: 'Parallel'; nodes: PlanNode[] }
/** Runs `node` on the objects under `path`; `@` in a path stands for every element of a list. */
export type FlattenPlan = { kind: 'Flatten'; path: string[]; node: PlanNode }
export type ConditionPlan = { kind: 'Condition'; condition: string; ifClause?: PlanNode; elseClause?: PlanNode }
/** `primary` opens the stream of events, `rest` completes each event from other subgraphs. */
export type SubscriptionPlan = { kind: 'Subscription'; primary: FetchNode; rest?: PlanNode }

export type FetchNode = {
  kind: 'Fetch'
  serviceName: string
  operation: string
  operationName?: string
  operationKind: 'query' | 'mutation' | 'subscription'
  variableUsages: string[]
  /** What a representation holds; absent for a fetch of root fields. */
  requires?: RequiredSelection[]
  inputRewrites?: Rewrite[]
  outputRewrites?: Rewrite[]
  /** Arguments filled from an ancestor of the entity (`@fromContext`), by variable name. */
  contextRewrites?: KeyRenamer[]
}

export type RequiredSelection = RequiredField | RequiredFragment
/** `source` is the key to read where it differs from the key to write. */
export type RequiredField = { kind: 'Field'; name: string; source?: string; selections?: RequiredSelection[] }
export type RequiredFragment = { kind: 'InlineFragment'; typeCondition?: string; selections: RequiredSelection[] }

export type Rewrite = ValueSetter | KeyRenamer
export type ValueSetter = { kind: 'ValueSetter'; path: string[]; setValueTo: string }
export type KeyRenamer = { kind: 'KeyRenamer'; path: string[]; renameKeyTo: string }

/** The fetches below a node, in the order they are written. */
export function fetchesOf(node: FetchPlan): FetchNode[] {
  if (!node) return []
  switch (node.kind) {
    case 'Fetch':
      return [node]
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(fetchesOf)
    case 'Flatten':
      return fetchesOf(node.node)
    case 'Condition':
      return [...fetchesOf(node.ifClause), ...fetchesOf(node.elseClause)]
    case 'Subscription':
      return [node.primary, ...fetchesOf(node.rest)]
  }
}

/** Whether fetches below a node may be under way at once. */
export function hasParallel(node: PlanNode | undefined): boolean {
  switch (node?.kind) {
    case 'Parallel':
      return node.nodes.length > 1 || node.nodes.some(hasParallel)
    case 'Sequence':
      return node.nodes.some(hasParallel)
    case 'Flatten':
      return hasParallel(node.node)
    case 'Condition':
      return hasParallel(node.ifClause) || hasParallel(node.elseClause)
    default:
      return false
  }
}

/** The same plan with every fetch replaced by what `change` makes of it. */
export function mapFetches(node: PlanNode, change: (fetch: FetchNode) => PlanNode): PlanNode {
  switch (node.kind) {
    case 'Fetch':
      return change(node)
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => mapFetches(child, change)) }
    case 'Flatten':
      return { ...node, node: mapFetches(node.node, change) }
    case 'Condition': {
      const { ifClause, elseClause } = node
      return {
        ...node,
        ...(ifClause && { ifClause: mapFetches(ifClause, change) }),
        ...(elseClause && { elseClause: mapFetches(elseClause, change) }),
      }
    }
  }
}

/** Two fetches with one key ask the same: the operation but for its name, and what is done to the answer. */
export function fetchKey(fetch: FetchNode): string {
  const { serviceName, operation, operationName, inputRewrites, outputRewrites, contextRewrites, requires } = fetch
  const unnamed = operationName ? operation.replace(operationName, '') : operation
  return JSON.stringify([serviceName, unnamed, requires, inputRewrites, outputRewrites, contextRewrites])
}
