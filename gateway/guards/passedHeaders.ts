import type { IncomingHttpHeaders } from 'node:http'

/**
 * Headers no configuration may pass on: those that belong to one connection or one body, and those the gateway itself
 * speaks with. A user's token is never passed on; a subgraph gets a token of the gateway's own.
 */
const ours = new Set([
  'accept',
  'accept-encoding',
  'apollo-federation-include-trace',
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'idempotent-replayed',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-request-id',
])

/** Whether a header may be named in the configuration of what is passed on. */
export function mayBePassed(name: string): boolean {
  return /^[a-z0-9-]+$/.test(name) && !ours.has(name)
}

/** Who wrote the program that asks, by its own word: good for statistics, never for rights. */
export type Client = { name: string | undefined; version: string | undefined }

const clientName = 'apollographql-client-name'
const clientVersion = 'apollographql-client-version'
// They are written to logs and metrics.
const wellFormed = /^[\w .@/+:-]{1,64}$/

export function clientOf(headers: IncomingHttpHeaders): Client {
  const read = (name: string) => {
    const value = headers[name]
    return typeof value === 'string' && wellFormed.test(value) ? value : undefined
  }
  return { name: read(clientName), version: read(clientVersion) }
}

// What is longer is no trace state of any vendor we know, and would travel to every subgraph.
const maxTraceStateLength = 512

/** What subgraphs are sent of a client's headers: those configured, its name and version, and its trace state. */
export function headersForSubgraphs(headers: IncomingHttpHeaders, names: readonly string[]): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const name of names) {
    const value = headers[name]
    if (typeof value === 'string') passed[name] = value
  }
  const { name, version } = clientOf(headers)
  if (name) passed[clientName] = name
  if (version) passed[clientVersion] = version
  const { tracestate, traceparent } = headers
  // Without the trace it belongs to, a state means nothing (W3C Trace Context, § 3.3).
  if (typeof tracestate === 'string' && traceparent && tracestate.length <= maxTraceStateLength)
    passed.tracestate = tracestate
  return passed
}

/** Gathers what subgraphs answer under the configured names. */
export type ReturnedHeaders = {
  note(headers: IncomingHttpHeaders): void
  /** One value a header: what several subgraphs said of it, each value once, in the order it came. */
  all(): Record<string, string>
}

export function returnedHeaders(names: readonly string[]): ReturnedHeaders {
  const found = new Map<string, Set<string>>()
  return {
    note(headers) {
      for (const name of names) {
        const values = found.get(name) ?? new Set()
        for (const value of [headers[name] ?? []].flat()) values.add(value)
        if (values.size > 0) found.set(name, values)
      }
    },
    all: () => Object.fromEntries([...found].map(([name, values]) => [name, [...values].join(', ')])),
  }
}
