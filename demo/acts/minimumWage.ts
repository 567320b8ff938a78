/** What the approver looks at in a contract. */
export type Terms = { startsOn: string; weeklyHours: number; monthlyGrossCents: number }

// Gross cents an hour from a day on: § 1 MiLoG with the fourth and fifth ordinance on the minimum wage.
const minimumWage = [
  { from: '2027-01-01', centsAnHour: 1460 },
  { from: '2026-01-01', centsAnHour: 1390 },
  { from: '2025-01-01', centsAnHour: 1282 },
] as const

/** Weeks of a month, as is usual for wages: 13 weeks in three months. */
const weeksOfQuarter = 13
const monthsOfQuarter = 3

/**
 * The approver's rule: a contract below the minimum wage on its first day is rejected, any other approved.
 * Gives the reason of a rejection, undefined for an approval; the same contract is always judged the same.
 */
export function whyRejected({ startsOn, weeklyHours, monthlyGrossCents }: Terms): string | undefined {
  const wage = minimumWage.find(({ from }) => startsOn >= from)
  if (!wage) return undefined
  // In hundredths of an hour, so that no fraction is rounded.
  const hundredths = Math.round(weeklyHours * 100)
  const earned = BigInt(monthlyGrossCents) * BigInt(monthsOfQuarter * 100)
  const owed = BigInt(wage.centsAnHour) * BigInt(weeksOfQuarter * hundredths)
  if (earned >= owed) return undefined
  const hourly = Math.floor(Number(earned) / (weeksOfQuarter * hundredths))
  return `${euros(hourly)} an hour is less than the minimum wage of ${euros(wage.centsAnHour)} (§ 1 MiLoG)`
}

function euros(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`
}
