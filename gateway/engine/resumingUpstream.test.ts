import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { JsonObject } from './json.ts'
import { resumeUpstream } from './resumingUpstream.ts'
import type { Lost, Sink } from './upstream.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const cursorOf = ({ data }: JsonObject) => (data as { cursor?: number } | undefined)?.cursor
const restart: Lost = { closeCode: 1006, cause: 'restart' }

function stage({ cursors = true, resumeForMs = 1_000 } = {}) {
  const connections: { from: unknown; sink: Sink; left: boolean }[] = []
  const told: unknown[] = []
  const leave = resumeUpstream(
    {
      from: 5,
      cursorOf: cursors ? cursorOf : undefined,
      connect(from, sink) {
        const connection = { from, sink, left: false }
        connections.push(connection)
        return () => {
          connection.left = true
        }
      },
    },
    {
      next: (event) => told.push(cursorOf(event)),
      ended: () => told.push('ended'),
      lost: () => told.push('lost'),
    },
    { resumeForMs, chance: () => 1, now: () => Date.now() },
  )
  const last = () => {
    const connection = connections.at(-1)
    if (!connection) throw new Error('nothing was connected')
    return connection
  }
  return { connections, last, told, leave }
}

it('goes on behind the last event that was passed on', () => {
  const { connections, last, told } = stage()
  last().sink.next({ data: { cursor: 6 } })
  last().sink.lost(restart)
  vi.advanceTimersByTime(50)
  expect(connections.map(({ from }) => from)).toEqual([5, 6])
  last().sink.next({ data: { cursor: 7 } })
  expect(told).toEqual([6, 7])
})

it('connects ever more slowly, and gives up when its time is over', () => {
  const { connections, last, told } = stage({ resumeForMs: 400 })
  const at = Date.now()
  const tried: number[] = []
  while (told.length === 0) {
    last().sink.lost(restart)
    vi.advanceTimersToNextTimer()
    if (told.length === 0) tried.push(Date.now() - at)
  }
  expect(tried).toEqual([50, 150, 350, 400])
  expect(told).toEqual(['lost'])
  expect(connections.every(({ from }) => from === 5)).toBe(true)
})

it('has its whole time again once the subgraph was there for a while', () => {
  const { last, told, connections } = stage({ resumeForMs: 100 })
  last().sink.lost(restart)
  vi.advanceTimersByTime(50)
  last().sink.connected?.()
  vi.advanceTimersByTime(10_000)
  last().sink.lost(restart)
  vi.advanceTimersByTime(50)
  expect(connections.length).toBe(3)
  expect(told).toEqual([])
})

it('does not come back silently where events have no cursors, nor to a subgraph that refuses it', () => {
  const blind = stage({ cursors: false })
  blind.last().sink.lost(restart)
  expect(blind.told).toEqual(['lost'])
  const refused = stage()
  refused.last().sink.lost({ closeCode: 4403, cause: 'Forbidden' })
  expect(refused.told).toEqual(['lost'])
})

it('stops trying when nobody listens any more', () => {
  const { connections, last, leave } = stage()
  last().sink.lost(restart)
  leave()
  vi.advanceTimersByTime(10_000)
  expect(connections.length).toBe(1)
})
