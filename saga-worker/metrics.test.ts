import { randomUUID } from 'node:crypto'
import type { Running } from '@steinmetz/kernel/config'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { start } from './main.ts'
import { type Platform, startPlatform } from './testing/platform.ts'

let platform: Platform
let worker: Running

beforeAll(async () => {
  platform = await startPlatform()
  worker = await start(platform.env)
})
afterAll(async () => {
  await worker?.stop()
  await platform?.stop()
})

const scraped = async () => (await fetch(`${worker.url}/metrics`)).text()
/** Waits until the metrics say it. */
const told = (line: string | RegExp) =>
  vi.waitUntil(async () => (typeof line === 'string' ? (await scraped()).includes(line) : line.test(await scraped())), {
    timeout: 10_000,
  })

describe('the saga worker’s metrics', () => {
  it('tell what waits and since when, what was sent for each step, and how sagas end', async () => {
    const employeeId = await platform.draft()
    await told('steinmetz_sagas_open{definition="hireEmployee",state="waiting",service="saga-worker"} 1')
    expect(await scraped()).toMatch(
      /steinmetz_saga_oldest_waiting_seconds\{definition="hireEmployee",step="contract",kind="approval",.*\} \d/,
    )
    await platform.decide(employeeId, 'APPROVED')
    await told('steinmetz_sagas_ended_total{definition="hireEmployee",state="completed",service="saga-worker"} 1')
    const text = await scraped()
    const sent = (step: string) =>
      `steinmetz_saga_steps_total{definition="hireEmployee",step="${step}",direction="forward",outcome="done",service="saga-worker"} 1`
    for (const step of ['account', 'activation', 'onboarding']) expect(text).toContain(sent(step))
    expect(text).not.toContain('steinmetz_sagas_open{')
    expect(text).toMatch(/steinmetz_bus_consumed_total\{consumer="saga-worker",outcome="handled",.*\} 2/)
  })

  it('count what is in doubt, and what was put aside', async () => {
    platform.unreachable.add('openAccount')
    await platform.draft()
    await told(/steinmetz_saga_steps_total\{[^}]*step="account"[^}]*outcome="in_doubt"[^}]*\} \d/)
    platform.unreachable.clear()
    await platform.publish({ ...platform.drafted(randomUUID()), payload: { employeeId: 'nobody' } })
    await told('steinmetz_saga_dead_letters{source="event",service="saga-worker"} 1')
  })

  it('tell how deep the queue is, and no id of anybody', async () => {
    await told(/steinmetz_queue_jobs\{state="waiting",service="saga-worker"\} \d/)
    expect(await scraped()).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/)
  })
})
