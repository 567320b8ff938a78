import { Kind, parse, type SelectionSetNode } from 'graphql'
import type { FetchNode, FetchPlan, PlanNode } from './fetchPlan.ts'

/** What a fetch selects, by response key; fragments are laid over one another. Leaves select nothing below. */
export type Selected = ReadonlyMap<string, Selected>

/** A fetch and the place in the response whose objects it completes, named by the plan's keys without list marks. */
export type PlacedFetch = { fetch: FetchNode; path: readonly string[] }

/** Every fetch of a plan with its place; of a subscription, the fetches that complete an event. */
export function placedFetches(plan: FetchPlan): PlacedFetch[] {
  const placed: PlacedFetch[] = []
  const walk = (node: PlanNode | undefined, path: readonly string[]): void => {
    if (node?.kind === 'Fetch') placed.push({ fetch: node, path })
    else if (node?.kind === 'Flatten') walk(node.node, [...path, ...node.path.filter((key) => key !== '@')])
    else if (node?.kind === 'Condition') {
      walk(node.ifClause, path)
      walk(node.elseClause, path)
    } else for (const child of node?.nodes ?? []) walk(child, path)
  }
  walk(plan?.kind === 'Subscription' ? plan.rest : plan, [])
  return placed
}

/** What a fetch selects of the objects it completes: of the entities, where it asks for entities. */
export function selectedBy(fetch: FetchNode): Selected {
  const selected: Mutable = new Map()
  for (const definition of parse(fetch.operation, { noLocation: true }).definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) addTo(selected, definition.selectionSet)
  return fetch.requires ? (selected.get('_entities') ?? new Map()) : selected
}

type Mutable = Map<string, Mutable>

function addTo(selected: Mutable, set: SelectionSetNode): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) addTo(selected, selection.selectionSet)
    if (selection.kind !== Kind.FIELD) continue
    const key = selection.alias?.value ?? selection.name.value
    const below = selected.get(key) ?? new Map()
    selected.set(key, below)
    if (selection.selectionSet) addTo(below, selection.selectionSet)
  }
}
