import { isObject, type Json, type JsonObject } from './json.ts'

export type ResponsePath = readonly (string | number)[]

/** The objects at a path of the plan, each once however often the response holds it. */
export function collectAt(value: Json | undefined, path: readonly string[], found: Set<JsonObject>, depth = 0): void {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    const below = path[depth] === '@' ? depth + 1 : depth
    for (const element of value) collectAt(element, path, found, below)
    return
  }
  const key = path[depth]
  if (key === undefined) found.add(value)
  else if (key !== '@') collectAt(value[key], path, found, depth + 1)
}

/** Where an object stands in the response: its concrete path and the objects above it, nearest last. */
export type Place = { object: JsonObject; path: ResponsePath; ancestors: readonly JsonObject[] }

/** Every place at a path of the plan. Slower than `collectAt`: for errors and for `@fromContext`. */
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
