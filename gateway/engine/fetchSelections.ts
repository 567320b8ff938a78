import { Kind, parse, type SelectionSetNode } from 'graphql'
import { keyOf } from './clientAliases.ts'
import { both as bothConditions, type Condition } from './conditions.ts'
import type { FetchNode, FetchPlan, PlanNode } from './fetchPlan.ts'

/**
 * What a fetch selects of the objects at a place: `fields` of some of them, by response key, and `sure` of all. Of
 * which of them depends on types and conditions: fragments are laid over one another.
 */
export type Selected = { fields: ReadonlyMap<string, Selected>; sure: Sure }
export type Sure = ReadonlyMap<string, Sure>

/**
 * A fetch, the place in the response whose objects it completes, named by the plan's keys without list marks, and
 * when it is sent.
 */
export type PlacedFetch = { fetch: FetchNode; path: readonly string[]; shown: Condition | undefined }

/** Every fetch of a plan with its place; of a subscription, the fetches that complete an event. */
export function placedFetches(plan: FetchPlan): PlacedFetch[] {
  const placed: PlacedFetch[] = []
  const walk = (node: PlanNode | undefined, path: readonly string[], shown?: Condition): void => {
    if (node?.kind === 'Fetch') placed.push({ fetch: node, path, shown })
    else if (node?.kind === 'Flatten') walk(node.node, [...path, ...node.path.filter((key) => key !== '@')], shown)
    else if (node?.kind === 'Condition') {
      const { condition } = node
      walk(
        node.ifClause,
        path,
        bothConditions(shown, (run) => run.coerced[condition] === true),
      )
      walk(
        node.elseClause,
        path,
        bothConditions(shown, (run) => run.coerced[condition] !== true),
      )
    } else for (const child of node?.nodes ?? []) walk(child, path, shown)
  }
  walk(plan?.kind === 'Subscription' ? plan.rest : plan, [])
  return placed
}

/** What a fetch selects of the objects it completes: of the entities, where it asks for entities. */
export function selectedBy(fetch: FetchNode): Selected {
  const selected: Mutable = { fields: new Map(), sure: new Map() }
  for (const definition of parse(fetch.operation, { noLocation: true }).definitions)
    if (definition.kind === Kind.OPERATION_DEFINITION) addTo(selected, definition.selectionSet)
  return fetch.requires ? (selected.fields.get('_entities') ?? nothing) : selected
}

type Mutable = { fields: Map<string, Mutable>; sure: Sure }

export const nothing: Selected = { fields: new Map(), sure: new Map() }

function addTo(selected: Mutable, set: SelectionSetNode): void {
  for (const selection of set.selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) addTo(selected, selection.selectionSet)
    if (selection.kind !== Kind.FIELD) continue
    const key = keyOf(selection)
    const known = selected.fields.get(key)
    const sure = sureOf(selection.selectionSet)
    // An object may stand there by either selection, so that only what both select is sure.
    const below: Mutable = known ?? { fields: new Map(), sure }
    if (known) known.sure = both(known.sure, sure)
    selected.fields.set(key, below)
    if (selection.selectionSet) addTo(below, selection.selectionSet)
  }
}

/** What is selected whatever the type of an object and the variables of the request. */
function sureOf(set: SelectionSetNode | undefined): Sure {
  const sure = new Map<string, Sure>()
  for (const selection of set?.selections ?? [])
    if (selection.kind === Kind.FIELD && !selection.directives?.length)
      sure.set(keyOf(selection), sureOf(selection.selectionSet))
  return sure
}

function both(one: Sure, other: Sure): Sure {
  const sure = new Map<string, Sure>()
  for (const [key, below] of one) {
    const too = other.get(key)
    if (too) sure.set(key, both(below, too))
  }
  return sure
}
