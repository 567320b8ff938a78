import { z } from 'zod'

// Control characters have no place in a name, and overrides of the writing direction can make a text read
// as what it is not.
const unwanted = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u

/** A line of text from 1 to `atMost` characters, not blank, without control characters. */
export const line = (atMost: number) =>
  z
    .string()
    .refine((text) => text.trim().length > 0, 'give at least one character')
    .refine((text) => text.length <= atMost, `give at most ${atMost} characters`)
    .refine((text) => !unwanted.test(text), 'give it without control characters')

/** An id as this platform gives them. */
export const id = z.guid('give an id as this platform gives them (a UUID)')
