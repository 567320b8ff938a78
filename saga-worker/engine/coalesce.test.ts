import { fault } from '@steinmetz/kernel/errors'
import { describe, expect, it } from 'vitest'
import { coalesce } from './coalesce.ts'

type Item = { key: string; n: number }

/** A run that ends when it is told to, and tells what it was asked. */
function slow(answer: (item: Item) => number | null | Error = ({ n }) => n) {
  const asked: string[][] = []
  const gates: (() => void)[] = []
  const run = async (batch: readonly Item[]) => {
    asked.push(batch.map(({ key, n }) => `${key}${n}`))
    await new Promise<void>((resolve) => gates.push(resolve))
    const answers = new Map<string, number>()
    for (const item of batch) {
      const said = answer(item)
      if (said instanceof Error) throw said
      if (said !== null) answers.set(item.key, said)
    }
    return answers
  }
  const ask = coalesce<Item, number>(run, ({ key }) => key, { batches: 1, size: 3 })
  const open = async () => {
    gates.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { ask: (key: string, n = 1) => ask({ key, n }), asked, open }
}

describe('asking together', () => {
  it('lets the first through at once and gathers what comes meanwhile, up to a bound', async () => {
    const { ask, asked, open } = slow()
    const answers = Promise.all(['a', 'b', 'c', 'd', 'e'].map((key, n) => ask(key, n)))
    await open()
    await open()
    await open()
    expect(asked).toEqual([['a0'], ['b1', 'c2', 'd3'], ['e4']])
    expect(await answers).toEqual([0, 1, 2, 3, 4])
  })

  it('never asks twice for one key in one batch', async () => {
    const { ask, asked, open } = slow()
    const answers = Promise.all([ask('a', 1), ask('b', 2), ask('b', 3), ask('c', 4)])
    await open()
    await open()
    await open()
    expect(asked).toEqual([['a1'], ['b2', 'c4'], ['b3']])
    expect(await answers).toEqual([1, 2, 3, 4])
  })

  it('gives nothing to whom nothing was answered', async () => {
    const { ask, open } = slow(() => null)
    const answer = ask('a')
    await open()
    expect(await answer).toBeNull()
  })

  it('lets one bad item fail alone', async () => {
    const { ask, open } = slow(({ key, n }) => (key === 'bad' ? new TypeError('bad') : n))
    const answers = Promise.allSettled([ask('a'), ask('b', 2), ask('bad'), ask('c', 3)])
    for (let i = 0; i < 6; i++) await open()
    const said = (await answers).map((one) => (one.status === 'fulfilled' ? one.value : one.reason.message))
    expect(said).toEqual([1, 2, 'bad', 3])
  })

  it('does not ask one by one when nobody answers', async () => {
    const { ask, asked, open } = slow(({ key }) => (key === 'a' ? 1 : fault('AWAY', 'away')))
    const answers = Promise.allSettled([ask('a'), ask('b'), ask('c')])
    await open()
    await open()
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(asked).toHaveLength(2)
  })
})
