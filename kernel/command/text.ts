import { z } from 'zod'

// Control characters have no place in a name, and overrides of the writing direction can make a text read
// as what it is not.
const unwanted = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u
// What is left of a text when blanks and what nobody sees is taken away: joiners, marks of the writing direction.
const visible = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}]/u

/** A line of text from 1 to `atMost` characters, one of them visible, without control characters. */
export const line = (atMost: number) =>
  z
    .string()
    .refine((text) => visible.test(text), 'give at least one character')
    .refine((text) => text.length <= atMost, `give at most ${atMost} characters`)
    .refine((text) => !unwanted.test(text), 'give it without control characters')

/** An id as this platform gives them. */
export const id = z.guid('give an id as this platform gives them (a UUID)')

/**
 * Says which text in a value the database cannot hold, as `input.name: …`, or nothing: one with the null
 * character, or with half a character, which would be stored as another text than was sent.
 */
export function unstorable(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return `${path}: leave out the null character, which cannot be stored`
    return value.isWellFormed() ? undefined : `${path}: leave out the half character (a lone surrogate) in it`
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return undefined
  for (const [name, part] of Object.entries(value)) {
    const mistake = unstorable(part, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`)
    if (mistake) return mistake
  }
  return undefined
}
