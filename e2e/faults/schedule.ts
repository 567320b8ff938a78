import { between, chanceOf, shuffled } from './chance.ts'
import { boundaries } from './kinds.ts'
import type { Doom } from './workers.ts'

/** What a seed decides: in which order faults come, how long each lasts, and how long it is until the next. */
export type Schedule = {
  /** How the workers end, one behind the other: each boundary once in every six. */
  nextDoom(): Doom
  /** How long a worker is stopped beyond its lease, and rests before the next one is. */
  nextPause(): { restMs: number; beyondMs: number; which: number }
  nextCrash(): { restMs: number; downMs: number }
  nextRedis(): { restMs: number; downMs: number }
  nextDeployment(): { restMs: number }
}

export function scheduleOf(seed: number): Schedule {
  const dooms = chanceOf(seed, 'dooms')
  const pauses = chanceOf(seed, 'pauses')
  const crashes = chanceOf(seed, 'crashes')
  const redis = chanceOf(seed, 'redis')
  const deployments = chanceOf(seed, 'deployments')
  let block: Doom[] = []
  return {
    nextDoom() {
      if (block.length === 0)
        block = shuffled(dooms, boundaries).map((boundary) => ({ boundary, nth: between(dooms, 1, 5) }))
      return block.shift() as Doom
    },
    nextPause: () => ({
      restMs: between(pauses, 1_500, 4_500),
      beyondMs: between(pauses, 300, 1_500),
      which: between(pauses, 0, 1),
    }),
    nextCrash: () => ({ restMs: between(crashes, 5_000, 9_000), downMs: between(crashes, 0, 800) }),
    nextRedis: () => ({ restMs: between(redis, 500, 1_500), downMs: between(redis, 1_000, 2_500) }),
    nextDeployment: () => ({ restMs: between(deployments, 4_000, 8_000) }),
  }
}
