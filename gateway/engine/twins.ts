import type { RequiredSelection } from './fetchPlan.ts'
import type { Json, JsonObject } from './json.ts'
import type { Keep } from './responsePath.ts'

type Branch = Map<Json | undefined, Branch | JsonObject>

/**
 * Collects the targets of an entity fetch, each once. Where an object holds nothing but its key, as
 * a subgraph's reference to another's entity does, equal ones become one object: the fetches to
 * come treat them alike, since they stand at one place of the plan, and are done once.
 */
export function collectTargets(keyFields: readonly string[] | undefined): { keep: Keep; targets: Set<JsonObject> } {
  const targets = new Set<JsonObject>()
  const add: Keep = (object) => {
    targets.add(object)
    return object
  }
  if (!keyFields) return { keep: add, targets }
  const root: Branch = new Map()
  const keep: Keep = (object) => {
    if (!holdsOnly(object, keyFields.length)) return add(object)
    const twin = twinOf(object, keyFields, root)
    if (twin === object) targets.add(object)
    return twin
  }
  return { keep, targets }
}

/** The first object with the values of this one, which is itself the first time; itself if it cannot be compared. */
function twinOf(object: JsonObject, keyFields: readonly string[], root: Branch): JsonObject {
  let branch = root
  for (let i = 0; i < keyFields.length; i++) {
    const value = object[keyFields[i] as string]
    // Numbers and strings are different keys of a Map, so 1 and "1" stay two entities.
    if (value === undefined || (typeof value === 'object' && value !== null)) return object
    const next = branch.get(value)
    if (i === keyFields.length - 1) {
      if (next && !(next instanceof Map)) return next
      branch.set(value, object)
    } else if (next instanceof Map) {
      branch = next
    } else {
      const fresh: Branch = new Map()
      branch.set(value, fresh)
      branch = fresh
    }
  }
  return object
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
