import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { boundedLabel, createMetrics, type MetricDefinition, requestSeconds } from './index.ts'

const counted: MetricDefinition<'outcome'> = { kind: 'counter', name: 'done_total', help: 'Done.', labels: ['outcome'] }
const took: MetricDefinition<never> = {
  kind: 'histogram',
  name: 'took_seconds',
  help: 'How long it took.',
  labels: [],
  buckets: requestSeconds,
}
const waiting: MetricDefinition<'queue'> = { kind: 'gauge', name: 'waiting', help: 'Waiting.', labels: ['queue'] }

describe('the metrics of a process', () => {
  test('are told in the format of Prometheus, under the name of the process', async () => {
    const metrics = createMetrics('orders')
    metrics.count(counted, { outcome: 'ok' })
    metrics.count(counted, { outcome: 'ok' }, 2)
    metrics.observe(took, {}, 0.03)
    const text = await metrics.text()
    expect(text).toContain('done_total{outcome="ok",service="orders"} 3')
    expect(text).toContain('took_seconds_bucket{le="0.05",service="orders"} 1')
    expect(text).toContain('took_seconds_bucket{le="0.025",service="orders"} 0')
  })

  test('of two processes in one Node do not mix', async () => {
    const [one, two] = [createMetrics('one'), createMetrics('two')]
    one.count(counted, { outcome: 'ok' })
    expect(await two.text()).not.toContain('done_total')
  })

  test('read a gauge when somebody looks, and leave it out when it cannot be read', async () => {
    const metrics = createMetrics('orders')
    let depth = 3
    metrics.read(waiting, async () => {
      if (depth < 0) throw new Error('the queue is down')
      return [{ labels: { queue: 'sagas' }, value: depth }]
    })
    expect(await metrics.text()).toContain('waiting{queue="sagas",service="orders"} 3')
    depth = -1
    expect(await metrics.text()).not.toContain('queue="sagas"')
  })

  test('answer on /metrics and leave every other path alone', async () => {
    const metrics = createMetrics('orders')
    metrics.count(counted, { outcome: 'ok' })
    const server = createServer((request, response) => {
      if (!metrics.handle(request, response)) response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('done_total')
    expect((await fetch(`${url}/other`)).status).toBe(404)
    server.close()
  })

  test('keep a label to few values, whatever clients send', () => {
    const label = boundedLabel(2)
    expect(['a', 'b', 'c', 'a', 'd'].map(label)).toEqual(['a', 'b', 'other', 'a', 'other'])
  })
})
