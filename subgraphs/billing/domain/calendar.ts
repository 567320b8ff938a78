/** A calendar date as ISO 8601. */
export const isoDate = (date: Date) => date.toISOString().slice(0, 10)

/** A day later by so many days. */
export const daysAfter = (date: Date, days: number) => new Date(date.getTime() + days * dayMs)

/** How many days lie between two days. */
export const daysBetween = (from: Date, to: Date) => Math.round((to.getTime() - from.getTime()) / dayMs)

const dayMs = 86_400_000

const berlin = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin', dateStyle: 'short' })

/** The day that a German calendar shows at a moment, as a date at midnight UTC. */
export const businessDay = (at: Date) => new Date(`${berlin.format(at)}T00:00:00Z`)
