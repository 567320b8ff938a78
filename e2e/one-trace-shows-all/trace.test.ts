import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asker, askerOf, departmentOf, draftEmployee, draftOf, type OwnPlatform, ownPlatform } from '../platform.ts'
import { type Span, startCollector } from './collector.ts'

describe('one trace', () => {
  let collector: Awaited<ReturnType<typeof startCollector>>
  let platform: OwnPlatform

  beforeAll(async () => {
    collector = await startCollector()
    platform = await ownPlatform('one-trace', { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url })
  })
  afterAll(async () => {
    await platform?.dispose()
    collector.stop()
  })

  test('goes from the client through gateway, command, outbox, relay, bus and saga to the commands it sends', async () => {
    const traceId = randomBytes(16).toString('hex')
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`
    const departmentId = await departmentOf(await askerOf(platform, 'clerk'), 'Prüfstand')
    const clerk = asker(platform.endpoint, await platform.mintToken({ role: 'clerk' }), { traceparent })
    const person = { firstName: 'Wilhelmine', lastName: 'Zwetschgenmüller', birthDate: '1990-05-05' }
    await clerk(draftEmployee, { key: 'traced', input: { ...draftOf('T-4711', departmentId), ...person } })

    const ours = () => collector.spans.filter((span) => span.traceId === traceId)
    const path = [
      ['gateway', 'graphql'],
      ['gateway', 'fetch hr'],
      ['hr', 'graphql hr'],
      ['hr', 'command draftEmployee'],
      ['hr-relay', 'publish hr.EmployeeDrafted'],
      ['saga-worker', 'handle hr.EmployeeDrafted'],
      ['saga-worker', 'send openAccount'],
      ['payroll', 'graphql payroll'],
      ['payroll', 'command openAccount'],
      ['payroll-relay', 'publish kernel.AuditRecorded'],
      ['compliance', 'handle kernel.AuditRecorded'],
    ] as const
    await expect
      .poll(() => path.filter(([service, name]) => !find(ours(), service, name)), { timeout: 30_000 })
      .toEqual([])

    // Each hangs on the one before it: nothing in between began a trace of its own.
    for (const [nth, [service, name]] of path.entries()) {
      const parent = path[nth - 1]
      const parents = ours().filter((span) => span.service === parent?.[0] && span.name === parent[1])
      const child = ours().filter((span) => span.service === service && span.name === name)
      if (parent) expect(child.some((one) => parents.some(({ spanId }) => spanId === one.parentSpanId))).toBe(true)
    }
    expect(JSON.stringify(ours())).not.toMatch(/Wilhelmine|Zwetschgen|1990-05-05|T-4711/)
  })
})

const find = (spans: readonly Span[], service: string, name: string) =>
  spans.find((span) => span.service === service && span.name === name)
