import { createHash } from 'node:crypto'
import { bug } from '../errors/index.ts'

/**
 * The SHA-256 (hex) of a value's canonical JSON (RFC 8785: members sorted by name, no white space), so that
 * equal content has an equal hash, in whatever order and process it was put together.
 *
 * Takes null, booleans, finite numbers, strings, arrays and plain objects of these; a Date counts as its
 * ISO 8601 text and a bigint as its digits. A member that is undefined is as if absent. Anything else (NaN,
 * a class instance, a lone surrogate, undefined in an array) is the Bug NOT_CANONICAL: two contents that
 * differ must never look alike.
 */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

function canonical(value: unknown): string {
  switch (typeof value) {
    case 'boolean':
      return String(value)
    case 'bigint':
      return `"${value}"`
    case 'number':
      if (!Number.isFinite(value)) throw notCanonical('a number that is not finite')
      return JSON.stringify(value)
    case 'string':
      if (!value.isWellFormed()) throw notCanonical('a string with a lone surrogate')
      return JSON.stringify(value)
    case 'object':
      if (value === null) return 'null'
      if (value instanceof Date) return JSON.stringify(value.toISOString())
      if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
      return canonicalObject(value)
    default:
      throw notCanonical(`a value of the type ${typeof value}`)
  }
}

function canonicalObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw notCanonical('an instance of a class')
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${canonical(name)}:${canonical(member)}`)
  return `{${members.join(',')}}`
}

function notCanonical(what: string) {
  return bug('NOT_CANONICAL', `${what} has no canonical JSON`)
}
