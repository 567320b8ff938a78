import { expect, it } from 'vitest'
import { databaseClock } from './clock.ts'

it('goes by the time that was read, and on from there', async () => {
  let elapsedMs = 1_000
  const readings = [50_000, 90_000]
  const clock = databaseClock(
    async () => {
      elapsedMs += 20
      return readings.shift() ?? 0
    },
    () => elapsedMs,
  )
  await clock.adjust()
  // The reading took 20 ms, and was made in their middle.
  expect(clock.now().getTime()).toBe(50_010)
  elapsedMs += 500
  expect(clock.now().getTime()).toBe(50_510)
  await clock.adjust()
  expect(clock.now().getTime()).toBe(90_010)
})
