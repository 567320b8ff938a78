import { describe, expect, it } from 'vitest'
import { metricsIn, pageOf } from './document-metrics.ts'

const one = (name: string, kind = 'counter', path = 'saga-worker/metrics.ts') => ({
  path,
  text: `export const it: MetricDefinition<'state' | 'step'> = {
  kind: '${kind}',
  name: '${name}',
  help: 'What it tells, by state: done, refused.',
  labels: ['state', 'step'],
  buckets: [1, 1_000],
}
`,
})

describe('the page of metrics', () => {
  it('has a row for each definition: kind, labels, what it tells, bounds', () => {
    expect(pageOf(metricsIn([one('steinmetz_done_total')]))).toContain(
      '| `steinmetz_done_total` | counter | `state`, `step` | What it tells, by state: done, refused. Buckets: 1, 1000. |',
    )
  })

  it('is refused where a definition is written so that it would be left out', () => {
    const text = `const it: MetricDefinition = { kind: 'counter', name: 'a_total', help: 'A.', labels: [] }\n`
    expect(() => metricsIn([{ path: 'gateway/a.ts', text }])).toThrow('gateway/a.ts: write a metric as')
  })

  it.each([
    ['a counter without _total', [one('steinmetz_done')], 'a counter ends with _total'],
    ['a gauge with _total', [one('steinmetz_done_total', 'gauge')], 'a counter ends with _total'],
    ['another unit than a base unit', [one('steinmetz_wait_ms', 'gauge')], 'not in a base unit'],
    ['a name that is taken', [one('a_total'), one('a_total')], 'defined twice'],
  ])('is refused for %s', (_, sources, message) => {
    expect(() => metricsIn(sources)).toThrow(message)
  })

  it('is refused where nobody has said which process tells a metric', () => {
    expect(() => pageOf(metricsIn([one('a_total', 'counter', 'demo/metrics.ts')]))).toThrow('has no chapter')
  })
})
