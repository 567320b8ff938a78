import type { Running } from '@steinmetz/kernel/config'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { start } from './main.ts'
import { hireEmployee1 } from './sagas/former/hireEmployee1.ts'
import { hireEmployee } from './sagas/hireEmployee.ts'
import { commands } from './sending.ts'
import { type Platform, startPlatform, tenantId } from './testing/platform.ts'

let platform: Platform
let workers: readonly Running[] = []

beforeAll(async () => {
  platform = await startPlatform()
  // A platform that has hired by version 1 until version 2 was deployed.
  const business = { sagas: [hireEmployee1, hireEmployee], commands }
  const first = await start(platform.env, { business })
  workers = [first, await start(platform.env, { business })]
})
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()))
  await platform?.stop()
})

const becomes = (employeeId: string, state: string) =>
  vi.waitUntil(async () => (await platform.state(employeeId)) === state, { timeout: 10_000, interval: 10 })

const one = async (text: string, values: unknown[]) => (await platform.sagas.query(text, values)).rows[0]

const versionOf = async (employeeId: string) =>
  (await one('select definition_version as version from saga.instance where correlation = $1', [employeeId])).version

/** What two people have decided, and what came of it. */
async function released(kind: 'ACTIVATE' | 'RETIRE', version: number): Promise<string> {
  const { id } = await one(
    `insert into saga.release (tenant_id, definition, definition_version, from_version, content_hash, kind, reason, status,
       proposed_by, confirmed_by, confirmed_at)
     select $1, d.name, d.version, a.version, d.content_hash, $2, 'as decided', 'CONFIRMED', '{ "person": "anna" }',
       '{ "person": "bernd" }', now()
     from saga.definition d join saga.definition a on a.name = d.name and a.status = 'ACTIVE'
     where d.name = 'hireEmployee' and d.version = $3 returning id`,
    [tenantId, kind, version],
  )
  const outcome = async () => (await one('select outcome from saga.release where id = $1', [id])).outcome
  return vi.waitUntil(outcome, { timeout: 5_000, interval: 10 })
}

async function hiring() {
  const employeeId = await platform.draft()
  await becomes(employeeId, 'WAITING')
  return employeeId
}

it('a new version is for what begins then; what runs stays on its own, and holds it until it has ended', async () => {
  const before = await hiring()
  expect(await released('ACTIVATE', 2)).toBe('ACTIVATED')
  const after = await hiring()
  expect(await released('ACTIVATE', 1)).toBe('ACTIVATED')
  const back = await hiring()
  expect(await Promise.all([before, after, back].map(versionOf))).toEqual([1, 2, 1])

  expect(await released('ACTIVATE', 2)).toBe('ACTIVATED')
  await platform.sagas.query(`update saga.definition set draining_since = draining_since - interval '1 minute'`)
  expect(await released('RETIRE', 1)).toBe('STILL_RUNNING')
  for (const employeeId of [before, after, back]) await platform.decide(employeeId, 'APPROVED')
  for (const employeeId of [before, after, back]) await becomes(employeeId, 'COMPLETED')
  expect(await Promise.all([before, after, back].map(versionOf))).toEqual([1, 2, 1])
  const read = platform.effects.filter(({ mutation }) => mutation === 'readContract')
  expect(read.map(({ about }) => about)).toEqual([after])
  expect(await released('RETIRE', 1)).toBe('RETIRED')
  expect(await versionOf(await hiring())).toBe(2)
}, 30_000)
