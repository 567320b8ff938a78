import { divideDown, percent, RATE_UNIT, type Rate } from '../arithmetic.ts'
import type { FederalState } from '../contract.ts'

/** 8 % in Baden-Württemberg and Bavaria, 9 % in every other state (the states' church tax acts and yearly resolutions). */
export function churchTaxRate(state: FederalState): Rate {
  return state === 'BW' || state === 'BY' ? percent(8) : percent(9)
}

/** The church's percentage of its base; fractions of a cent are dropped. */
export function churchTaxCents(baseCents: number, state: FederalState): number {
  return divideDown(baseCents * churchTaxRate(state), RATE_UNIT)
}
