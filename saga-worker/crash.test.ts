import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Platform, startPlatform } from './testing/platform.ts'

const boundaries = ['before claim', 'after claim', 'after STARTED', 'after send', 'before commit', 'after commit']
const program = join(import.meta.dirname, 'testing', 'dyingWorker.ts')

let platform: Platform
const workers = new Set<ChildProcess>()

beforeAll(async () => {
  platform = await startPlatform()
})
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  await platform?.stop()
})

function startWorker(more: Record<string, string> = {}): ChildProcess {
  const env = { ...platform.env, LEASE_MS: '1000', ...more }
  const worker = spawn(process.execPath, [program], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  workers.add(worker)
  worker.once('exit', () => workers.delete(worker))
  return worker
}

/** Waits until every saga is where it can only go on by a decision, or has ended. */
async function settle(employees: readonly string[], states: readonly string[]): Promise<void> {
  await vi.waitUntil(
    async () => (await Promise.all(employees.map(platform.state))).every((state) => states.includes(state ?? '')),
    { timeout: 60_000, interval: 50 },
  )
}

function effectsOf(employeeId: string): string[] {
  return platform.effects.filter(({ about }) => about === employeeId).map(({ mutation }) => mutation)
}

const hired = ['openAccount', 'readContract', 'requestApproval', 'activateEmployee', 'openOnboarding']
const notHired = ['openAccount', 'readContract', 'requestApproval', 'closeAccount', 'withdrawDraft']

describe('workers that are killed', { timeout: 120_000 }, () => {
  it('at every boundary leave nothing undone and nothing done twice', async () => {
    // All at once, each at its own boundary, while employees come in and are decided on.
    const dying = boundaries.map((boundary) => startWorker({ DIES_AT: `${boundary}:3`, CONCURRENCY: '4' }))
    const died = Promise.all(dying.map((worker) => once(worker, 'exit')))
    const employees: string[] = []
    const alive = () => dying.some((worker) => workers.has(worker))
    while (alive()) {
      const next = await Promise.all(Array.from({ length: 4 }, () => platform.draft()))
      employees.push(...next)
      for (const [at, id] of next.entries()) await platform.decide(id, at === 0 ? 'REJECTED' : 'APPROVED')
      await vi.waitUntil(async () => !alive() || (await platform.state(next[0] ?? '')) !== undefined, {
        timeout: 60_000,
      })
    }
    expect((await died).map(([, signal]) => signal)).toEqual(boundaries.map(() => 'SIGKILL'))

    const last = startWorker()
    // What was decided before it was asked for is asked for and decided now.
    await settle(employees, ['WAITING', 'COMPLETED', 'COMPENSATED'])
    for (const [at, id] of employees.entries()) await platform.decide(id, at % 4 === 0 ? 'REJECTED' : 'APPROVED')
    await settle(employees, ['COMPLETED', 'COMPENSATED'])
    last.kill('SIGTERM')
    expect((await once(last, 'exit'))[0]).toBe(0)

    for (const [at, id] of employees.entries()) expect(effectsOf(id)).toEqual(at % 4 === 0 ? notHired : hired)
    const lost = await platform.sagas.query(`select count(*)::int as n from saga.attempt where outcome = 'LOST'`)
    expect(lost.rows[0].n).toBeGreaterThan(0)
  })

  it('or that sleep beyond their lease while another takes over, change nothing when they wake up', async () => {
    const [sleeper, other] = [startWorker({ WORKER_NAME: 'sleeper' }), startWorker({ WORKER_NAME: 'other' })]
    platform.unreachable.add('openAccount')
    const employees = await Promise.all(Array.from({ length: 8 }, () => platform.draft()))
    await settle(employees, ['RUNNING'])
    platform.unreachable.clear()
    await vi.waitUntil(() => platform.effects.some(({ about }) => employees.includes(about)), { timeout: 30_000 })
    sleeper.kill('SIGSTOP')
    await settle(employees, ['WAITING'])
    sleeper.kill('SIGCONT')
    for (const id of employees) await platform.decide(id, 'APPROVED')
    await settle(employees, ['COMPLETED'])
    for (const id of employees) expect(effectsOf(id)).toEqual(hired)
    for (const worker of [sleeper, other]) {
      worker.kill('SIGTERM')
      expect((await once(worker, 'exit'))[0]).toBe(0)
    }
  })
})
