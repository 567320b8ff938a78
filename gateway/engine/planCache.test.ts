import { expect, it } from 'vitest'
import { createPlanCache } from './planCache.ts'

it('holds no more bytes than it may, and lets go of what was used longest ago', () => {
  const cache = createPlanCache<string>(100)
  cache.set('a', 'A', 40)
  cache.set('b', 'B', 40)
  expect(cache.get('a')).toBe('A')
  cache.set('c', 'C', 40)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C'])
  expect(cache.counts()).toEqual({ entries: 2, bytes: 80, hits: 3, misses: 1, evictions: 1 })
})

it('does not empty itself for a giant', () => {
  const cache = createPlanCache<string>(100)
  cache.set('a', 'A', 40)
  cache.set('giant', 'G', 101)
  expect(cache.values()).toEqual(['A'])
})

it('counts an entry that is set again once', () => {
  const cache = createPlanCache<string>(100)
  cache.set('a', 'pending', 10)
  cache.set('a', 'done', 60)
  expect(cache.counts()).toMatchObject({ entries: 1, bytes: 60 })
})
