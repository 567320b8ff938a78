import { contentHash } from '@steinmetz/kernel/attestation'
import { refuse } from '@steinmetz/kernel/errors'
import type { Contract } from '../generated/prisma/client.ts'

/** What is agreed in a contract: dates at midnight UTC, hours in hundredths, salary in cents a month. */
export type Agreed = Pick<Contract, 'position' | 'startsOn' | 'endsOn' | 'weeklyHoursHundredths' | 'monthlyGrossCents'>

type ContractTerms = {
  position: string
  startsOn: Date
  endsOn?: Date | null
  weeklyHours: number
  monthlyGrossCents: bigint
}

/** § 3 ArbZG: eight hours on each of six working days. */
const weeklyHoursAtMost = 48

/** A day beyond is a slip of the finger, and what is reckoned from it would leave the calendar. */
const yearAtLeast = 1900
const yearAtMost = 2199

/**
 * Decides what is agreed from the terms that are offered. Refuses INVALID_INPUT: no salary, no hours or more
 * than 48 a week, a day far from ours, an end before the start.
 */
export function agree({ position, startsOn, endsOn, weeklyHours, monthlyGrossCents }: ContractTerms): Agreed {
  const hundredths = Math.round(weeklyHours * 100)
  if (!(hundredths > 0) || weeklyHours > weeklyHoursAtMost)
    throw refuse('INVALID_INPUT', `contract.weeklyHours: give more than 0 and at most ${weeklyHoursAtMost} hours`)
  if (Math.abs(weeklyHours * 100 - hundredths) > 1e-6)
    throw refuse('INVALID_INPUT', 'contract.weeklyHours: give at most two decimals')
  if (monthlyGrossCents <= 0n) throw refuse('INVALID_INPUT', 'contract.monthlyGrossCents: give more than 0')
  for (const [field, day] of Object.entries({ startsOn, endsOn }))
    if (day && (day.getUTCFullYear() < yearAtLeast || day.getUTCFullYear() > yearAtMost))
      throw refuse('INVALID_INPUT', `contract.${field}: give a day from ${yearAtLeast} to ${yearAtMost}`)
  if (endsOn && endsOn < startsOn) throw refuse('INVALID_INPUT', 'contract.endsOn: the contract ends before it starts')
  return { position, startsOn, endsOn: endsOn ?? null, weeklyHoursHundredths: hundredths, monthlyGrossCents }
}

/** SHA-256 over what was agreed: what an approval is bound to. Who edited it last does not matter to it. */
export function contractHash({ position, startsOn, endsOn, weeklyHoursHundredths, monthlyGrossCents }: Agreed): string {
  return contentHash({
    position,
    startsOn: isoDate(startsOn),
    endsOn: endsOn && isoDate(endsOn),
    weeklyHoursHundredths,
    monthlyGrossCents: String(monthlyGrossCents),
  })
}

/** A calendar date as ISO 8601. */
export const isoDate = (date: Date) => date.toISOString().slice(0, 10)
