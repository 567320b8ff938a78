import { createLog } from '@steinmetz/kernel/telemetry'
import { testDatabase } from '@steinmetz/stack/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Instance } from './engine/instance.ts'
import { openQueue, type Queue } from './queue.ts'
import { type Redis, startRedis } from './testing/redis.ts'

const log = createLog({ service: 'queue-test', level: 'silent' })
const redis: Redis | null = await startRedis()

describe.each([['PostgreSQL'], ['Redis']])('a queue on %s', (backend) => {
  let database: Awaited<ReturnType<typeof testDatabase>>
  let queue: Queue
  const ran: string[] = []
  const failing = new Set<string>()
  let slow: Promise<void> | undefined
  const run = async (sagaId: string) => {
    ran.push(sagaId)
    await slow
    if (failing.delete(sagaId)) throw new Error('the database was away')
  }

  const drive = async ({ id }: { id: string }) => run(`${id} in hand`)

  beforeAll(async () => {
    if (backend === 'Redis' && !redis) return
    database = await testDatabase('queue')
    const url = backend === 'Redis' ? (redis?.url ?? '') : database.serviceUrl
    queue = openQueue({ url, concurrency: 4, run, drive, log })
    await vi.waitUntil(
      () =>
        queue.check().then(
          () => true,
          () => false,
        ),
      { timeout: 10_000 },
    )
  })
  afterAll(async () => {
    await queue?.close()
    await database?.drop()
    if (backend === 'Redis') await redis?.stop()
  })
  const here = backend === 'PostgreSQL' || redis !== null

  it.runIf(here)('has a saga looked at', async () => {
    await queue.dispatch('soon', 0)
    await vi.waitUntil(() => ran.includes('soon'), { timeout: 5_000 })
  })

  it.runIf(here)('has it looked at after a pause, not before', async () => {
    const began = performance.now()
    await queue.dispatch('later', 400)
    await vi.waitUntil(() => ran.includes('later'), { timeout: 5_000, interval: 5 })
    expect(performance.now() - began).toBeGreaterThan(395)
  })

  it.runIf(here)('tries again what has failed', async () => {
    failing.add('twice')
    await queue.dispatch('twice', 0)
    await vi.waitUntil(() => ran.filter((id) => id === 'twice').length === 2, { timeout: 5_000 })
  })

  it.runIf(here)('takes no more than its slots itself, and leaves the rest to all workers', async () => {
    const left = async () => Object.values(await queue.depth()).reduce((sum, count) => sum + count, 0)
    // What has been run counts as active until the queue has heard of it.
    await vi.waitUntil(async () => (await left()) === 0, { timeout: 5_000 })
    const { promise, resolve } = Promise.withResolvers<void>()
    slow = promise
    const many = Array.from({ length: 4 * 8 + 3 }, (_, nth) => `many-${nth}`)
    for (const id of many) await queue.dispatch(id, 0)
    expect(ran.filter((id) => id.startsWith('many')).length).toBe(4)
    const { waiting = 0, active = 0 } = await queue.depth()
    expect(waiting + active).toBe(3)
    // Whose lease runs already cannot wait behind them.
    queue.drive({ id: 'begun' } as Instance)
    expect(ran).toContain('begun in hand')
    slow = undefined
    resolve()
    await vi.waitUntil(() => many.every((id) => ran.includes(id)), { timeout: 5_000 })
  })

  it.runIf(here)('answers whether it is there', async () => {
    await expect(queue.check()).resolves.toBeUndefined()
  })

  it('does without, when it has never been reached', async () => {
    const url = backend === 'Redis' ? 'redis://127.0.0.1:1' : 'postgresql://nobody:none@127.0.0.1:1/none'
    const unreached = openQueue({ url, concurrency: 4, run, drive, log })
    await unreached.dispatch(`${backend} unreached`, 0)
    await vi.waitUntil(() => ran.includes(`${backend} unreached`), { timeout: 5_000 })
    expect(await unreached.room()).toBe(32)
    await expect(unreached.check()).rejects.toThrow('has not been reached')
    await unreached.close()
  })

  it.runIf(here)('has room for some seconds of work', async () => {
    expect(await queue.room()).toBe(200)
  })

  it.runIf(here)('does without, while it is away', async () => {
    if (backend === 'Redis') await redis?.stop()
    else await database.drop()
    await queue.dispatch('alone', 0)
    await vi.waitUntil(() => ran.includes('alone'), { timeout: 5_000 })
  })
})
