/**
 * Arithmetic on whole numbers: cents, euros, and rates as hundred-thousandths.
 *
 * A JavaScript number holds every whole number up to 2^53 exactly, and the truncated quotient of two of them is
 * exact as well: quotients whose difference a double cannot show need a dividend above 2^53. So each division here
 * first makes sure that its dividend is such a whole number. A fraction, or a product grown too large, is an error
 * and never a wrong cent (docs/decisions/0100-payroll-arithmetic.md).
 */

/** A share of an amount in hundred-thousandths: 14_600 is 14.6 %. */
export type Rate = number

/** What a rate counts: hundred-thousandths, so that half of 2.45 % is still a whole number. */
export const RATE_UNIT = 100_000

/** The quotient towards zero: the plan's ROUND_DOWN, also of a negative number. */
export function divideDown(dividend: number, divisor: number): number {
  return Math.trunc(whole(dividend) / divisor) + 0
}

/** The quotient away from zero: the plan's ROUND_UP, also of a negative number. */
export function divideUp(dividend: number, divisor: number): number {
  const down = divideDown(dividend, divisor)
  return down * divisor === dividend ? down : down + Math.sign(dividend)
}

/** The nearest quotient, a half upwards: the rounding of contributions (§ 1 Abs. 2 BVV). Not for negative numbers. */
export function divideHalfUp(dividend: number, divisor: number): number {
  return Math.floor(whole(2 * dividend + divisor) / (2 * divisor))
}

/** A rate from its percentage with at most three decimals, as people write it: `percent(2.9)` is 2_900. */
export function percent(percentage: number): Rate {
  return scaled(percentage, 1_000)
}

/** A decimal number times a power of ten as the whole number it is; refuses one with more decimals than that. */
export function scaled(decimal: number, scale: number): number {
  const result = Math.round(decimal * scale)
  if (!Number.isSafeInteger(result) || result / scale !== decimal)
    throw new RangeError(`${decimal} is not a whole number of 1/${scale}`)
  return result
}

function whole(number: number): number {
  if (!Number.isSafeInteger(number)) throw new RangeError(`${number} is not an exact whole number`)
  return number
}
