import pino from 'pino'
import { describeError } from '../errors/index.ts'
import { currentContext } from './context.ts'
import { type Lines, standardOutput } from './lines.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * What a line tells beside its message: ids, codes, counts, milliseconds. Only plain values, so that no row
 * or input slips in whole; `err` may be anything that was thrown and is described without personal data.
 */
export type LogFields = Readonly<Record<string, unknown>> & Readonly<{ err?: unknown }>

type Write = {
  (fields: LogFields, message: string): void
  (message: string): void
}

/** Writes JSON lines: level, time, service, the context's requestId, traceId, tenantId and actor, fields, msg. */
export type Log = Readonly<Record<'debug' | 'info' | 'warn' | 'error', Write>>

// The last net, not the first: a field that is named like a person's own or like a secret is never written.
const PRIVATE = /(first|last|full|maiden)_?name|mail|iban|phone|birth|street|password|secret|token|authori|cookie/i

/** A log of one process, written to stdout unless `to` says otherwise; warnings and errors at once. */
export function createLog(options: { service: string; level?: LogLevel; to?: Lines }): Log {
  const to = options.to ?? standardOutput()
  const logger = pino(
    {
      level: options.level ?? 'info',
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    to,
  )
  const at = (level: 'debug' | 'info' | 'warn' | 'error'): Write => {
    return (first: LogFields | string, message?: string) => {
      if (!logger.isLevelEnabled(level)) return
      if (typeof first === 'string') logger[level](context(), first)
      else logger[level]({ ...context(), ...writable(first) }, message ?? '')
      if (level === 'warn' || level === 'error') to.hurry?.()
    }
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

function context() {
  const { requestId, traceId, tenantId, actor } = currentContext()
  return { requestId, traceId, tenantId, actor }
}

function writable(fields: LogFields): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'err') kept.err = describeError(value)
    else if (PRIVATE.test(name)) kept[name] = '[not logged]'
    else if (isPlain(value)) kept[name] = typeof value === 'bigint' ? String(value) : value
    else if (Array.isArray(value) && value.every(isPlain)) kept[name] = value.map(String)
    else if (value !== undefined) kept[name] = '[not logged]'
  }
  return kept
}

function isPlain(value: unknown): value is string | number | boolean | bigint | null {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value)
}
