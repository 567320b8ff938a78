import { Kind, parse, type SelectionSetNode } from 'graphql'
import { keyOf } from './clientAliases.ts'
import { anyOf, both, type Condition, conditionOf } from './conditions.ts'
import type { FetchNode, FetchPlan, RequiredSelection } from './fetchPlan.ts'
import { placedFetches } from './fetchSelections.ts'
import { compileRepresentation, type Represent } from './representations.ts'
import type { IsOfType } from './rewrites.ts'
import type { Run } from './run.ts'

/** When a field of the objects of a type at a place is asked for; undefined for always, or where a plan tells nothing. */
export type AskedAt = (path: readonly string[], typeName: string | undefined, key: string) => Condition | undefined

type Asked = { typeName: string | undefined; shown: Condition | undefined }

/** Reads off a plan by which `@skip` and `@include` its fields are asked for. */
export function askedFields(plan: FetchPlan, isOfType: IsOfType): AskedAt {
  const asked = new Map<string, Asked[]>()
  const add = (set: SelectionSetNode, path: readonly string[], above: Condition | undefined, typeName?: string) => {
    for (const selection of set.selections) {
      const own = conditionOf(selection.directives)
      if (own === false || selection.kind === Kind.FRAGMENT_SPREAD) continue
      const shown = both(above, own)
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(selection.selectionSet, path, shown, selection.typeCondition?.name.value ?? typeName)
        continue
      }
      const place = [...path, keyOf(selection)]
      asked.set(place.join('.'), [...(asked.get(place.join('.')) ?? []), { typeName, shown }])
      if (selection.selectionSet) add(selection.selectionSet, place, shown)
    }
  }
  const primary = plan?.kind === 'Subscription' ? [{ fetch: plan.primary, path: [], shown: undefined }] : []
  for (const { fetch, path, shown } of [...primary, ...placedFetches(plan)])
    for (const set of selectionsOf(fetch)) add(set, path, shown)

  const isOne = (one: string, other: string) => one === other || isOfType(one, other) || isOfType(other, one)
  return (path, typeName, key) => {
    const found = asked.get([...path.filter((step) => step !== '@'), key].join('.')) ?? []
    const meant = found.filter((one) => !one.typeName || !typeName || isOne(one.typeName, typeName))
    return meant.length > 0 ? anyOf(meant.map(({ shown }) => shown)) : undefined
  }
}

/** The selections of root fields, or of entities where a fetch asks for those. */
function selectionsOf({ operation, requires }: FetchNode): SelectionSetNode[] {
  return parse(operation, { noLocation: true }).definitions.flatMap((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return []
    if (!requires) return [definition.selectionSet]
    return definition.selectionSet.selections.flatMap((field) =>
      field.kind === Kind.FIELD && field.selectionSet ? [field.selectionSet] : [],
    )
  })
}

/**
 * Compiles representations that leave out what a request does not ask for by `@skip` or `@include`: what requires it
 * is not asked for either, and the other fields of its fetch are still to be had. What is missing for another reason
 * still stands in the way of a representation.
 */
export function compileAskedRepresentation(
  requires: readonly RequiredSelection[],
  paths: readonly (readonly string[])[],
  askedAt: AskedAt,
  isOfType: IsOfType,
): (run: Run) => Represent {
  const whole = compileRepresentation(requires, isOfType)
  const conditions = new Map<RequiredSelection, Condition>()
  const note = (selections: readonly RequiredSelection[], typeName?: string): void => {
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') note(selection.selections, selection.typeCondition)
      else if (selection.name !== '__typename') {
        const shown = anyOf(paths.map((path) => askedAt(path, typeName, selection.source ?? selection.name)))
        if (shown) conditions.set(selection, shown)
      }
    }
  }
  note(requires)
  if (conditions.size === 0) return () => whole

  const partial = new Map<string, Represent>()
  return (run) => {
    const left = new Set<RequiredSelection>()
    let mask = ''
    for (const [selection, shown] of conditions) {
      const isShown = shown(run)
      mask += isShown ? '1' : '0'
      if (!isShown) left.add(selection)
    }
    if (left.size === 0) return whole
    const represent = partial.get(mask) ?? compileRepresentation(without(requires, left), isOfType)
    partial.set(mask, represent)
    return represent
  }
}

/** A fragment of which no more than the typename is left asks for nothing. */
function without(selections: readonly RequiredSelection[], left: ReadonlySet<RequiredSelection>): RequiredSelection[] {
  return selections.flatMap((selection): RequiredSelection[] => {
    if (left.has(selection)) return []
    if (selection.kind === 'Field') return [selection]
    const inner = without(selection.selections, left)
    const isEmpty = inner.every((one) => one.kind === 'Field' && one.name === '__typename')
    return isEmpty ? [] : [{ ...selection, selections: inner }]
  })
}
