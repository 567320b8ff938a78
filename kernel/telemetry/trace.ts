import { randomFillSync, randomUUID } from 'node:crypto'

/** One span of a distributed trace, as W3C Trace Context numbers them: lower-case hex, 32 and 16 digits. */
export type Trace = Readonly<{ traceId: string; spanId: string; sampled: boolean }>

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/

/** Reads a `traceparent` header; undefined when it is missing or malformed (W3C Trace Context, § 3.2). */
export function parseTraceparent(header: string | undefined): Trace | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(header ?? '') ?? []
  if (!version || !traceId || !spanId || !flags) return undefined
  // Version 00 has four fields; only later versions may bring more.
  if (more && version === '00') return undefined
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

// Asking the system for randomness costs more than the rest of a span, so it is asked for many at once. The numbers
// must differ, not be secret.
const pool = Buffer.alloc(4_096)
let used = pool.length

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}

/** A new span: of the caller's trace when its `traceparent` is well formed, else of a trace of its own. */
export function continueTrace(header?: string | undefined): Trace {
  const caller = parseTraceparent(header)
  return {
    traceId: caller?.traceId ?? randomHex(16),
    spanId: randomHex(8),
    sampled: caller?.sampled ?? true,
  }
}

/** The `traceparent` header by which a callee continues the trace. */
export function traceparentOf({ traceId, spanId, sampled }: Trace): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/**
 * The caller's request id when it is well formed (8 to 64 letters, digits, `.`, `_`, `-`), else a new one.
 * It is written to logs and to the audit trail, so nothing else may come in by it.
 */
export function requestIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID()
}
