import { InputError } from '../inputError.ts'

/** Names a field may have, as the keys of a record: so the compiler sees that none is missing. */
export type Choices<Name extends string = string> = Readonly<Record<Name, true>>

/** Refuses what is no object, where one is read next. */
export function checkObject(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new InputError(field, `must be an object, is ${String(value)}`)
}

/** Refuses what is no list. */
export function checkList(field: string, value: unknown): void {
  if (!Array.isArray(value)) throw new InputError(field, `must be a list, is ${String(value)}`)
}

/** Refuses a name that is none of the choices. */
export function checkChoice(field: string, value: unknown, choices: Choices): void {
  if (typeof value !== 'string' || !Object.hasOwn(choices, value))
    throw new InputError(field, `must be one of ${Object.keys(choices).join(', ')}, is ${String(value)}`)
}

/** Refuses what is neither true nor false. */
export function checkFlag(field: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InputError(field, `must be true or false, is ${String(value)}`)
}

/** Refuses what is no whole number from 0 on. */
export function checkWhole(field: string, value: unknown, most: number): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw new InputError(field, `must be a whole number from 0 to ${most}, is ${String(value)}`)
}

/** Refuses what is no rate: a percentage with two decimals, so that half of it is whole. */
export function checkRate(field: string, rate: number): void {
  checkWhole(field, rate, 100_000)
  if (rate % 10 !== 0)
    throw new InputError(field, `must be a percentage with at most two decimals, is ${rate / 1_000} %`)
}
