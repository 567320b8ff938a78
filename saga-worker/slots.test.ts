import { expect, test } from 'vitest'
import { createSlots } from './slots.ts'

/** Work that ends when it is told to. */
function work(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const run = () => {
    log.push(name)
    return promise
  }
  return { end: resolve, run }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('does so much at once and no more, first come, first served', async () => {
  const begun: string[] = []
  const slots = createSlots(2)
  const [a, b, c, d] = [work(begun, 'a'), work(begun, 'b'), work(begun, 'c'), work(begun, 'd')]
  for (const { run } of [a, b, c, d]) void slots.run(run)
  expect(begun).toEqual(['a', 'b'])
  expect(slots.taken()).toBe(4)
  b.end()
  await settled()
  expect(begun).toEqual(['a', 'b', 'c'])
  a.end()
  c.end()
  d.end()
  await slots.idle()
  expect(slots.taken()).toBe(0)
})

test('what cannot wait is done at once, and the others wait until there are no more than there may be', async () => {
  const begun: string[] = []
  const slots = createSlots(1)
  const [a, b, c] = [work(begun, 'a'), work(begun, 'b'), work(begun, 'c')]
  for (const { run } of [a, b]) void slots.run(run)
  void slots.runNow(c.run)
  expect(begun).toEqual(['a', 'c'])
  expect(slots.taken()).toBe(3)
  a.end()
  await settled()
  expect(begun).toEqual(['a', 'c'])
  c.end()
  await settled()
  expect(begun).toEqual(['a', 'c', 'b'])
  b.end()
  await slots.idle()
  expect(slots.taken()).toBe(0)
})

test('a piece of work that fails gives its slot back, and tells', async () => {
  const slots = createSlots(1)
  await expect(slots.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await slots.run(async () => 'yes')).toBe('yes')
})
