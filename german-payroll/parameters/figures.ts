import { percent } from '../arithmetic.ts'

/** One figure of the law: what it is, since when it has been so, and where it is written. */
export type Figure = {
  readonly value: number
  /** What the whole number counts. `percent` figures are kept as rates: hundred-thousandths. */
  readonly unit: 'cents' | 'euros' | 'percent' | 'hundredths'
  /** First day of this value, as YYYY-MM-DD. */
  readonly since: string
  /** The law, and the ordinance or announcement that set the value. */
  readonly source: string
}

/** The bare numbers of a table of figures, under the same names. */
export type Values<Table> = { readonly [Name in keyof Table]: number }

/** Takes the numbers out of a table, for the calculations, which need no sources. */
export function valuesOf<Table extends Readonly<Record<string, Figure>>>(table: Table): Values<Table> {
  const numbers = Object.entries(table).map(([name, figure]) => [name, figure.value])
  return Object.fromEntries(numbers) as Values<Table>
}

/** A figure in euros that stays whole euros in the calculation, as the wage tax does. */
export function euros(value: number, since: string, source: string): Figure {
  return { value, unit: 'euros', since, source }
}

/** A figure written in euros and kept in cents. */
export function inCents(amountEuros: number, since: string, source: string): Figure {
  return { value: Math.round(amountEuros * 100), unit: 'cents', since, source }
}

/** A coefficient with two decimals, kept in hundredths. */
export function hundredths(value: number, since: string, source: string): Figure {
  return { value: Math.round(value * 100), unit: 'hundredths', since, source }
}

/** A percentage, kept as a rate. */
export function rate(percentage: number, since: string, source: string): Figure {
  return { value: percent(percentage), unit: 'percent', since, source }
}
