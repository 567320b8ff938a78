import { randomUUID } from 'node:crypto'
import { ContractChanged } from '@steinmetz/hr/events'
import type { Running } from '@steinmetz/kernel/config'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { start } from './main.ts'
import { type Platform, startPlatform, tenantId } from './testing/platform.ts'

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

const becomes = (employeeId: string, state: string) =>
  vi.waitUntil(async () => (await platform.state(employeeId)) === state, { timeout: 10_000, interval: 10 })

const sent = (employeeId: string) =>
  platform.received.filter(({ about }) => about === employeeId).map(({ mutation }) => mutation)

describe('the saga worker', { timeout: 20_000 }, () => {
  it('answers an event with a saga, waits for the decision, and goes on', async () => {
    const employeeId = await platform.draft()
    await becomes(employeeId, 'WAITING')
    await platform.decide(employeeId, 'APPROVED')
    await becomes(employeeId, 'COMPLETED')
    expect(sent(employeeId)).toEqual([
      'openAccount',
      'readContract',
      'requestApproval',
      'activateEmployee',
      'openOnboarding',
    ])
    expect(platform.received.find(({ about }) => about === employeeId)?.token).toMatchObject({
      sub: 'saga-worker',
      tenant: tenantId,
      scope: 'hr:activate hr:onboard hr:withdraw payroll:accounts approvals:request billing:issue billing:deliver',
      on_behalf_of: { person: 'clerk', account: 'a1', session: 's1', address: '127.0.0.1' },
    })
  })

  it('rolls back what a second person has rejected', async () => {
    const employeeId = await platform.draft()
    await becomes(employeeId, 'WAITING')
    await platform.decide(employeeId, 'REJECTED')
    await becomes(employeeId, 'COMPENSATED')
    expect(sent(employeeId)).toEqual([
      'openAccount',
      'readContract',
      'requestApproval',
      'closeAccount',
      'withdrawDraft',
    ])
  })

  it('looks after what nobody decides, by a clock that no restart stops, and once each time', async () => {
    const soon = new Date(Date.now() + 1_000).toISOString()
    const later = new Date(Date.now() + 3_600_000).toISOString()
    platform.followUps.push(soon, later)
    const employeeId = await platform.draft()
    await becomes(employeeId, 'WAITING')
    await worker.stop()
    worker = await start(platform.env)
    await vi.waitUntil(() => sent(employeeId).includes('followUpRequest'), { timeout: 10_000 })
    const waitsUntil = async (time: string) => {
      const waiting = 'select 1 from saga.instance where correlation = $1 and next_run_at = $2'
      return (await platform.sagas.query(waiting, [employeeId, time])).rowCount === 1
    }
    await vi.waitUntil(() => waitsUntil(later), { timeout: 10_000 })
    await platform.decide(employeeId, 'APPROVED')
    await becomes(employeeId, 'COMPLETED')
    expect(sent(employeeId).filter((mutation) => mutation === 'followUpRequest')).toHaveLength(1)
  })

  it('withdraws what it has asked and asks anew when it is told of a change, under keys of their own', async () => {
    const employeeId = await platform.draft()
    await becomes(employeeId, 'WAITING')
    await platform.publish(ContractChanged({ employeeId, contractHash: 'another', lastEditedBy: 'editor' }))
    const requests = () => sent(employeeId).filter((mutation) => mutation === 'requestApproval').length
    await vi.waitUntil(() => requests() === 2, { timeout: 10_000 })
    await becomes(employeeId, 'WAITING')
    await platform.decide(employeeId, 'APPROVED')
    await becomes(employeeId, 'COMPLETED')
    const anew = ['withdrawRequest', 'readContract', 'requestApproval']
    expect(sent(employeeId).slice(3, 6)).toEqual(anew)
    expect(sent(employeeId).slice(6)).toEqual(['activateEmployee', 'openOnboarding'])
    const keys = platform.received.filter(({ about }) => about === employeeId).map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('asks again with the same key until it is answered', async () => {
    platform.unreachable.add('openAccount')
    const employeeId = await platform.draft()
    const attempts = async () => {
      const { rows } = await platform.sagas.query(
        'select outcome from saga.attempt a join saga.instance i on i.id = a.saga_id where correlation = $1',
        [employeeId],
      )
      return rows
    }
    await vi.waitUntil(async () => (await attempts()).length >= 2, { timeout: 10_000 })
    platform.unreachable.clear()
    await becomes(employeeId, 'WAITING')
    expect((await attempts())[0]).toEqual({ outcome: 'IN_DOUBT' })
  })

  it('takes up what another worker left', async () => {
    await worker.stop()
    const employeeId = await platform.draft()
    worker = await start(platform.env)
    await becomes(employeeId, 'WAITING')
    await worker.stop()
    await platform.decide(employeeId, 'APPROVED')
    worker = await start(platform.env)
    await becomes(employeeId, 'COMPLETED')
  })

  it('sets an event aside that it cannot digest, and those behind it, and goes on with all others', async () => {
    const aggregateId = randomUUID()
    await platform.publish({ ...platform.drafted(aggregateId), payload: { employeeId: 'nobody' } })
    await platform.publish(platform.drafted(aggregateId))
    await becomes(await platform.draft(), 'WAITING')
    const letters = async () => {
      const { rows } = await platform.sagas.query(
        'select code, outcome from saga.dead_letter where aggregate_id = $1 order by id',
        [aggregateId],
      )
      return rows
    }
    expect(await letters()).toMatchObject([{ code: 'ZodError' }, { code: 'BEHIND_DEAD_LETTER' }])

    await platform.sagas.query(
      `insert into saga.signal (tenant_id, dead_letter_id, kind, note, sent_by)
       select tenant_id, id, 'SKIP', 'drafted by a broken client', '{}' from saga.dead_letter where code = 'ZodError'`,
    )
    await becomes(aggregateId, 'WAITING')
    await vi.waitUntil(async () => (await letters()).every(({ outcome }) => outcome !== null), { timeout: 5_000 })
    expect(await letters()).toMatchObject([{ outcome: 'SKIPPED' }, { outcome: 'REDRIVEN' }])
  })

  it('takes an order from an operator of the tenant', async () => {
    const employeeId = await platform.draft()
    await becomes(employeeId, 'WAITING')
    await platform.sagas.query(
      `insert into saga.signal (tenant_id, saga_id, kind, note, sent_by)
       select tenant_id, id, 'CANCEL', 'hired elsewhere', '{}' from saga.instance where correlation = $1`,
      [employeeId],
    )
    await becomes(employeeId, 'COMPENSATED')
    expect(sent(employeeId).slice(3)).toEqual(['withdrawRequest', 'closeAccount', 'withdrawDraft'])
  })

  it('shows what it depends on', async () => {
    const health = await fetch(`${worker.url}/health`).then((response) => response.json())
    expect(health).toMatchObject({ status: 'pass', serviceId: 'saga-worker' })
    expect(Object.keys((health as { checks: object }).checks)).toEqual(
      ['database', 'bus', 'reconciler', 'queue'].map((name) => `${name}:responseTime`),
    )
  })
})
