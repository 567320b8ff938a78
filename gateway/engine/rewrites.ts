import type { Rewrite } from './fetchPlan.ts'
import { isObject, type Json } from './json.ts'

export type IsOfType = (typeName: string, condition: string) => boolean

const fragmentPrefix = '... on '

/** The type a path element narrows to, or undefined for an element that names a field. */
export function conditionOf(element: string): string | undefined {
  return element.startsWith(fragmentPrefix) ? element.slice(fragmentPrefix.length) : undefined
}

/**
 * Applies the planner's rewrites to a representation or an answer, in place: the interface name an
 * interface object is known by, and names it gave fields that would otherwise collide.
 */
export function applyRewrites(rewrites: readonly Rewrite[], value: Json, isOfType: IsOfType): void {
  for (const rewrite of rewrites) applyAt(rewrite.path, 0, value, rewrite, isOfType)
}

function applyAt(
  path: readonly string[],
  depth: number,
  value: Json | undefined,
  rewrite: Rewrite,
  isOfType: IsOfType,
): void {
  if (Array.isArray(value)) {
    for (const element of value) applyAt(path, depth, element, rewrite, isOfType)
    return
  }
  const element = path[depth]
  if (!isObject(value) || element === undefined) return
  if (depth === path.length - 1) {
    if (rewrite.kind === 'ValueSetter') value[element] = rewrite.setValueTo
    else if (value[element] !== undefined) {
      value[rewrite.renameKeyTo] = value[element]
      value[element] = undefined
    }
    return
  }
  const condition = conditionOf(element)
  if (condition === undefined) applyAt(path, depth + 1, value[element], rewrite, isOfType)
  else if (typeof value.__typename !== 'string' || isOfType(value.__typename, condition))
    applyAt(path, depth + 1, value, rewrite, isOfType)
}
