import { expect, it } from 'vitest'
import { boundaries } from './kinds.ts'
import { scheduleOf } from './schedule.ts'

const drawn = (seed: number) => {
  const schedule = scheduleOf(seed)
  return Array.from({ length: 30 }, () => [
    ...[schedule.nextDoom(), schedule.nextPause(), schedule.nextCrash(), schedule.nextRedis()],
    schedule.nextDeployment(),
  ])
}

it('is the same for a seed, and another for another', () => {
  expect(drawn(7)).toEqual(drawn(7))
  expect(drawn(7)).not.toEqual(drawn(8))
})

it('has workers die at every boundary before one comes again', () => {
  const { nextDoom } = scheduleOf(7)
  for (let block = 0; block < 5; block++)
    expect(new Set(boundaries.map(() => nextDoom().boundary))).toEqual(new Set(boundaries))
})
