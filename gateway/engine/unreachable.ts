import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql'
import type { Fragments } from './collectFields.ts'
import { conditionOf } from './conditions.ts'
import type { FetchNode, FetchPlan, PlanNode } from './fetchPlan.ts'

/** Response names by position, whatever the type: what a plan fetches. */
type Fetched = Map<string, Fetched>

/**
 * The fields of an operation that no fetch of its plan asks for. The planner leaves out what no
 * subgraph can resolve from where the query stands, without a word; the client is owed an error.
 *
 * Only fields that every object at their place has are looked at: below a narrowing fragment the
 * planner leaves out types that cannot occur, and rightly.
 */
export function unreachableFields(
  operation: OperationDefinitionNode,
  fragments: Fragments,
  plan: FetchPlan,
  schema: GraphQLSchema,
  planKey: (field: FieldNode) => string,
): Set<FieldNode> {
  const fetched: Fetched = new Map()
  if (plan?.kind === 'Subscription') {
    addFetch(plan.primary, [], fetched)
    if (plan.rest) addNode(plan.rest, [], fetched)
  } else if (plan) addNode(plan, [], fetched)

  const missing = new Set<FieldNode>()
  const walk = (
    set: SelectionSetNode,
    type: GraphQLCompositeType,
    at: Fetched,
    seen = new Set<SelectionSetNode>(),
  ): void => {
    // A fragment says the same wherever it is spread on one level.
    if (seen.has(set)) return
    seen.add(set)
    for (const selection of set.selections) {
      if (conditionOf(selection.directives) === false) continue
      if (selection.kind !== Kind.FIELD) {
        const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
        const condition = fragment?.typeCondition?.name.value
        if (fragment && (condition === undefined || always(type, condition, schema)))
          walk(fragment.selectionSet, type, at, seen)
        continue
      }
      const definition = isUnionType(type) ? undefined : type.getFields()[selection.name.value]
      if (!definition) continue
      const below = at.get(planKey(selection))
      const inner = getNamedType(definition.type)
      if (!below) missing.add(selection)
      else if (selection.selectionSet && isCompositeType(inner)) walk(selection.selectionSet, inner, below)
    }
  }
  const root = schema.getRootType(operation.operation)
  if (root) walk(operation.selectionSet, root, fetched)
  return missing
}

/** Whether every object of `type` is a `condition`. */
function always(type: GraphQLCompositeType, condition: string, schema: GraphQLSchema): boolean {
  if (type.name === condition) return true
  const wanted = schema.getType(condition)
  return isAbstractType(wanted) && !isUnionType(type) && schema.isSubType(wanted, type)
}

function addNode(node: PlanNode, path: readonly string[], fetched: Fetched): void {
  switch (node.kind) {
    case 'Fetch':
      addFetch(node, path, fetched)
      return
    case 'Flatten':
      addNode(node.node, [...path, ...node.path.filter((element) => element !== '@')], fetched)
      return
    case 'Sequence':
    case 'Parallel':
      for (const child of node.nodes) addNode(child, path, fetched)
      return
    case 'Condition':
      if (node.ifClause) addNode(node.ifClause, path, fetched)
      if (node.elseClause) addNode(node.elseClause, path, fetched)
  }
}

function addFetch(fetch: FetchNode, path: readonly string[], fetched: Fetched): void {
  const document = parse(fetch.operation, { noLocation: true })
  let at = fetched
  for (const key of path) at = below(at, key)
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    for (const set of fetch.requires ? entitySelections(definition) : [definition.selectionSet])
      addSelections(set, document, at, renamesOf(fetch))
  }
}

function entitySelections(definition: OperationDefinitionNode): SelectionSetNode[] {
  return definition.selectionSet.selections.flatMap((selection) =>
    selection.kind === Kind.FIELD && selection.selectionSet ? [selection.selectionSet] : [],
  )
}

function addSelections(
  set: SelectionSetNode,
  document: DocumentNode,
  at: Fetched,
  renames: ReadonlyMap<string, string>,
): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value
      const inner = below(at, renames.get(key) ?? key)
      if (selection.selectionSet) addSelections(selection.selectionSet, document, inner, renames)
      continue
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragmentOf(document, selection.name.value)
    if (fragment) addSelections(fragment.selectionSet, document, at, renames)
  }
}

function fragmentOf(document: DocumentNode, name: string): FragmentDefinitionNode | undefined {
  return document.definitions
    .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
    .find((definition) => definition.name.value === name)
}

/** By the names a fetch gives them, the keys its answer is stored under. */
export function renamesOf({ outputRewrites }: FetchNode): ReadonlyMap<string, string> {
  const renames = new Map<string, string>()
  for (const rewrite of outputRewrites ?? []) {
    const key = rewrite.path.at(-1)
    if (rewrite.kind === 'KeyRenamer' && key !== undefined) renames.set(key, rewrite.renameKeyTo)
  }
  return renames
}

function below(fetched: Fetched, key: string): Fetched {
  const known = fetched.get(key)
  if (known) return known
  const fresh: Fetched = new Map()
  fetched.set(key, fresh)
  return fresh
}
