import { z } from 'zod'
import type { AnyCommand, Command } from './command.ts'

// A timer is a command that nobody is sent: the saga waits for the clock.

const waiting = z.object({ input: z.object({ until: z.union([z.iso.date(), z.iso.datetime({ offset: true })]) }) })

/** Renders a timer. What it waits for is kept like any command, so that it does not change while it waits. */
export function waitUntil(until: string): Command<{ readonly until: string }> {
  return { subgraph: 'clock', mutation: 'wait', input: { until } }
}

/**
 * The instant at which a rendered timer ends. A date begins at midnight in Germany, where the deadlines of
 * our law are counted. Throws when it is neither an instant nor a date.
 */
export function endOf(timer: AnyCommand): string {
  const { until } = waiting.parse(timer).input
  if (until.length > 'YYYY-MM-DD'.length) return new Date(until).toISOString()
  const midnightUtc = Date.parse(`${until}T00:00:00Z`)
  // The clocks change at one o'clock UTC, so the offset of an hour before midnight UTC is that of our midnight.
  return new Date(midnightUtc - offsetMs(midnightUtc - 3_600_000)).toISOString()
}

const inGermany = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', timeZoneName: 'longOffset' })

function offsetMs(instant: number): number {
  const name = inGermany.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
}
