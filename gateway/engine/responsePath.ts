import { isObject, type Json, type JsonObject } from './json.ts'

export type ResponsePath = readonly (string | number)[]

/** Takes in an object of the response, and gives the one to keep in its place. */
export type Keep = (object: JsonObject) => JsonObject

/**
 * Shows `keep` every object at a path of the plan, and puts what it gives in the object's place. `seen` holds the
 * objects passed at each depth where some may stand there several times: they are passed once.
 */
export function visitAt(
  value: Json | undefined,
  path: readonly string[],
  keep: Keep,
  seen: Set<JsonObject>[] | undefined,
  depth = 0,
): Json | undefined {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const below = path[depth] === '@' ? depth + 1 : depth
    for (let i = 0; i < value.length; i++) {
      const element = value[i]
      const kept = visitAt(element, path, keep, seen, below)
      if (kept !== element && kept !== undefined) value[i] = kept
    }
    return value
  }
  const key = path[depth]
  if (key === undefined) return keep(value)
  if (key === '@') return value
  if (seen && depth < path.length - 1 && wasPassed(seen, depth, value)) return value
  const inner = value[key]
  const kept = visitAt(inner, path, keep, seen, depth + 1)
  if (kept !== inner) value[key] = kept
  return value
}

/** Notes that an object is passed at a depth; tells whether it was before. */
function wasPassed(seen: Set<JsonObject>[], depth: number, object: JsonObject): boolean {
  let passed = seen[depth]
  if (!passed) seen[depth] = passed = new Set()
  const { size } = passed
  return passed.add(object).size === size
}

/** Where an object stands in the response: its concrete path and the objects above it, nearest last. */
export type Place = { object: JsonObject; path: ResponsePath; ancestors: readonly JsonObject[] }

/** Every place at a path of the plan. Slower than `visitAt`: for errors and for `@fromContext`. */
export function placesAt(root: JsonObject, path: readonly string[]): Place[] {
  const places: Place[] = []
  const walk = (value: Json | undefined, depth: number, at: ResponsePath, ancestors: readonly JsonObject[]): void => {
    if (Array.isArray(value)) {
      const below = path[depth] === '@' ? depth + 1 : depth
      value.forEach((element, index) => {
        walk(element, below, [...at, index], ancestors)
      })
    } else if (isObject(value)) {
      const key = path[depth]
      if (key === undefined) places.push({ object: value, path: at, ancestors })
      else if (key !== '@') walk(value[key], depth + 1, [...at, key], [...ancestors, value])
    }
  }
  walk(root, 0, [], [])
  return places
}
