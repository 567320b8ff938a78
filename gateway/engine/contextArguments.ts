import type { KeyRenamer } from './fetchPlan.ts'
import { isObject, type Json, type JsonObject } from './json.ts'
import { type Place, placesAt } from './responsePath.ts'
import { conditionOf, type IsOfType } from './rewrites.ts'

/** Entities whose `@fromContext` arguments have the same values, and these as text to go before the representations. */
export type ContextGroup = { targets: Set<JsonObject>; variables: string }

/**
 * Sorts the entities at `paths` by the values their ancestors give to context arguments. A variable
 * has one value per request, so each group is a request of its own.
 */
export function contextGroups(
  root: JsonObject,
  paths: readonly (readonly string[])[],
  rewrites: readonly KeyRenamer[],
  isOfType: IsOfType,
): ContextGroup[] {
  const groups = new Map<string, ContextGroup>()
  for (const place of paths.flatMap((path) => placesAt(root, path))) {
    const values = new Map<string, Json>()
    for (const { path, renameKeyTo } of rewrites) {
      const value = valueAt(place, path, isOfType)
      if (value !== undefined && !values.has(renameKeyTo)) values.set(renameKeyTo, value)
    }
    const variables = [...values].map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)},`).join('')
    const group = groups.get(variables) ?? { targets: new Set(), variables }
    groups.set(variables, group)
    group.targets.add(place.object)
  }
  return [...groups.values()]
}

/** Follows a context path: `..` goes one object up, a fragment narrows, a name goes down. */
function valueAt(place: Place, path: readonly string[], isOfType: IsOfType): Json | undefined {
  let level = place.ancestors.length
  let current: Json | undefined = place.object
  for (const element of path) {
    if (element === '..') {
      level -= 1
      current = place.ancestors[level]
      continue
    }
    if (!isObject(current)) return undefined
    const condition = conditionOf(element)
    if (condition === undefined) current = current[element]
    else if (typeof current.__typename !== 'string' || !isOfType(current.__typename, condition)) return undefined
  }
  return current
}
