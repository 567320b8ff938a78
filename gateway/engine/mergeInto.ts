import type { Json, JsonObject } from './json.ts'

/**
 * Merges what a fetch brought into an object of the response, in place. Where only `source` has an
 * object it is shared, not copied: one entity fetched for many places stays one object, which
 * later fetches visit once and the writer writes once.
 */
export function mergeInto(target: JsonObject, source: JsonObject): void {
  for (const key in source) {
    const value = source[key]
    if (value === undefined) continue
    const current = target[key]
    if (value === null || typeof value !== 'object' || current === null || typeof current !== 'object') {
      target[key] = value
    } else if (current !== value && key !== '__proto__') {
      // A scalar may hold any JSON; under this name it would reach what all objects inherit from.
      target[key] = mergeBoth(current, value)
    }
  }
}

function mergeBoth(current: JsonObject | Json[], value: JsonObject | Json[]): JsonObject | Json[] {
  if (Array.isArray(value)) {
    if (!Array.isArray(current) || current.length !== value.length) return value
    mergeList(current, value)
  } else if (Array.isArray(current)) {
    return value
  } else {
    mergeInto(current, value)
  }
  return current
}

/** Two answers about one list agree on its order, so they merge element by element. */
function mergeList(target: Json[], source: Json[]): void {
  for (let i = 0; i < source.length; i++) {
    const value = source[i] ?? null
    const current = target[i] ?? null
    if (value === null || typeof value !== 'object' || current === null || typeof current !== 'object') {
      target[i] = value
    } else if (current !== value) {
      target[i] = mergeBoth(current, value)
    }
  }
}
