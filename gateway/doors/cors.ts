import type { IncomingMessage } from 'node:http'

/** What a page is told that asks whether it may send a request. */
export const preflight = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': [
    'apollo-require-preflight',
    'apollographql-client-name',
    'apollographql-client-version',
    'authorization',
    'content-type',
    'traceparent',
    'tracestate',
    'x-request-id',
  ].join(', '),
  'access-control-max-age': '600',
}

const exposed = ['idempotent-replayed', 'ratelimit', 'ratelimit-policy', 'retry-after', 'x-request-id']

/** Lets pages of the configured origins read answers. Without a configured origin no foreign page can. */
export function cors({ headers }: IncomingMessage, origins: readonly string[]): Record<string, string> {
  const { origin } = headers
  if (origins.length === 0) return {}
  if (!origin || !origins.includes(origin)) return { vary: 'origin' }
  return {
    vary: 'origin',
    'access-control-allow-origin': origin,
    'access-control-expose-headers': exposed.join(', '),
  }
}
