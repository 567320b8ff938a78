import { describe, expect, it } from 'vitest'
import { continueTrace, parseTraceparent, requestIdOf, traceparentOf } from './index.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'

describe('a trace', () => {
  it('is continued under a span of its own', () => {
    const trace = continueTrace(`00-${traceId}-${spanId}-00`)
    expect(trace).toMatchObject({ traceId, sampled: false })
    expect(trace.spanId).not.toBe(spanId)
    expect(parseTraceparent(traceparentOf(trace))).toEqual(trace)
  })

  it('begins anew when the caller brought none or a malformed one', () => {
    expect(continueTrace().traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(continueTrace('nonsense').traceId).not.toBe(continueTrace('nonsense').traceId)
  })

  it.each([
    undefined,
    '',
    `00-${traceId}-${spanId}`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-01\n`,
  ])('does not read %j', (header) => {
    expect(parseTraceparent(header)).toBeUndefined()
  })

  it('reads what a later version adds to', () => {
    expect(parseTraceparent(`01-${traceId}-${spanId}-01-more`)).toEqual({ traceId, spanId, sampled: true })
  })
})

describe('a request id', () => {
  it('is the caller’s when it is well formed', () => {
    expect(requestIdOf('demo-2026.11_23')).toBe('demo-2026.11_23')
  })

  it.each([undefined, '', 'short', 'x'.repeat(65), 'line\nbreak1', '{"level":"info"}', ['request-1', 'request-2']])(
    'is a new one instead of %j',
    (header) => {
      expect(requestIdOf(header)).toMatch(/^[0-9a-f-]{36}$/)
    },
  )
})
