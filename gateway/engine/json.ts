/** A value as JSON.parse gives it. */
export type Json = string | number | boolean | null | Json[] | JsonObject
/** `undefined` marks a key a rewrite took away. */
export type JsonObject = { [key: string]: Json | undefined }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// What JSON must escape: quotes, backslashes, control characters, and lone surrogates.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const needsEscape = /[\u0000-\u001f"\\\ud800-\udfff]/

/** A string as JSON text. Most strings need no escape, and joining is then twice as fast as JSON.stringify. */
export function quote(value: string): string {
  return value.length < 5_000 && !needsEscape.test(value) ? `"${value}"` : JSON.stringify(value)
}
