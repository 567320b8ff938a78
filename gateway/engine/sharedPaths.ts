import { Kind, parse, type SelectionSetNode } from 'graphql'
import type { FetchNode, FetchPlan, PlanNode } from './fetchPlan.ts'

/**
 * Tells the places of a response, named by their keys, where one object may stand several times:
 * where entities are fetched, and right below. Elsewhere keeping an object's text for the next
 * place that holds it would cost more than it saves.
 */
export function sharedPaths(plan: FetchPlan): (path: readonly string[]) => boolean {
  const shared = new Set<string>()
  const walk = (node: PlanNode | undefined, path: readonly string[]): void => {
    if (node?.kind === 'Fetch') addFetch(node, path, shared)
    else if (node?.kind === 'Flatten') walk(node.node, [...path, ...node.path.filter((key) => key !== '@')])
    else if (node?.kind === 'Condition') {
      walk(node.ifClause, path)
      walk(node.elseClause, path)
    } else for (const child of node?.nodes ?? []) walk(child, path)
  }
  walk(plan?.kind === 'Subscription' ? plan.rest : plan, [])
  return (path) => shared.has(path.join('.'))
}

function addFetch(fetch: FetchNode, path: readonly string[], shared: Set<string>): void {
  if (!fetch.requires) return
  shared.add(path.join('.'))
  const addFields = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) shared.add([...path, selection.alias?.value ?? selection.name.value].join('.'))
      else if (selection.kind === Kind.INLINE_FRAGMENT) addFields(selection.selectionSet)
    }
  }
  for (const definition of parse(fetch.operation, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    for (const entities of definition.selectionSet.selections)
      if (entities.kind === Kind.FIELD && entities.selectionSet) addFields(entities.selectionSet)
  }
}
