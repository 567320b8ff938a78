import type { RequiredSelection } from './fetchPlan.ts'
import type { Json, JsonObject } from './json.ts'
import type { Keep } from './responsePath.ts'

/** The place of all objects with equal key values. */
export type Slot<T> = { value: T | undefined }
type Branch<T> = Map<Json, Branch<T> | Slot<T>>

/**
 * Finds objects with equal values in some fields without writing them down: a step per field through maps. Numbers
 * and strings are different keys of a map, so 1 and "1" stay two entities. Undefined for what cannot be compared.
 */
export function keyIndex<T>(fields: readonly string[]): (object: JsonObject) => Slot<T> | undefined {
  const root: Branch<T> = new Map()
  const last = fields.length - 1
  return (object) => {
    let branch = root
    for (let i = 0; i <= last; i++) {
      const value = object[fields[i] as string]
      if (value === undefined || (typeof value === 'object' && value !== null)) return undefined
      let next = branch.get(value)
      if (!next) {
        next = i === last ? { value: undefined } : new Map()
        branch.set(value, next)
      }
      if (i === last) return next as Slot<T>
      branch = next as Branch<T>
    }
    return undefined
  }
}

/**
 * Collects the targets of an entity fetch, each once. Where an object holds nothing but its key, as
 * a subgraph's reference to another's entity does, equal ones become one object: the fetches to
 * come treat them alike, since they stand at one place of the plan, and are done once.
 *
 * An object that was collected before is not exchanged for its equal: a fetch may be under way whose answer goes into
 * it. `collected` holds those of a run; absent where no two fetches of it are ever under way at once.
 */
export function collectTargets(
  keyFields: readonly string[] | undefined,
  collected: Set<JsonObject> | undefined,
): { keep: Keep; targets: JsonObject[] } {
  const targets: JsonObject[] = []
  const seen = new Set<JsonObject>()
  const slotOf = keyFields && keyIndex<JsonObject>(keyFields)
  const keep: Keep = (object) => {
    const slot = slotOf && holdsOnly(object, keyFields.length) ? slotOf(object) : undefined
    const equal = slot?.value
    if (equal && (equal === object || !collected?.has(object))) return equal
    if (slot && !equal) slot.value = object
    else if (seen.has(object)) return object
    else seen.add(object)
    collected?.add(object)
    targets.push(object)
    return object
  }
  return { keep, targets }
}

function holdsOnly(object: JsonObject, count: number): boolean {
  let keys = 0
  for (const _ in object) if (++keys > count) return false
  return keys === count
}

/** The fields of a representation of plain values, where it is made of one fragment; otherwise undefined. */
export function plainKeyFields(requires: readonly RequiredSelection[]): string[] | undefined {
  const [only] = requires
  if (requires.length !== 1 || only?.kind !== 'InlineFragment') return undefined
  const fields: string[] = []
  for (const selection of only.selections) {
    if (selection.kind !== 'Field' || selection.selections) return undefined
    fields.push(selection.source ?? selection.name)
  }
  return fields
}
