import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import { readBody, unreadableBody } from '../engine/overHttp.ts'
import type { GraphQLRequest } from '../graph.ts'
import { Denied } from '../guards/denied.ts'
import { type DocumentLimits, parseWithinLimits } from '../guards/documentLimits.ts'
import type { PersistedOperations } from '../guards/persistedOperations.ts'

const persistedQuery = z.object({ version: z.literal(1), sha256Hash: z.string().min(1).max(128) })

const parameters = z.object({
  query: z.string().nullish(),
  /** An operation of the manifest, as the specification's appendix on persisted documents names it. */
  documentId: z.string().min(1).max(128).nullish(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z.looseObject({ persistedQuery: persistedQuery.optional() }).nullish(),
})

/**
 * Reads the parameters of GraphQL over HTTP: the query string of a GET, the JSON body of a POST. Denies what is
 * neither (405, 415), is larger than `maxBytes` (413), or does not have the right shape (400).
 */
export async function readParameters(request: IncomingMessage, url: URL, maxBytes: number): Promise<unknown> {
  if (request.method === 'GET') return fromQueryString(url.searchParams)
  if (request.method !== 'POST') {
    const allow = { allow: 'GET, POST, OPTIONS' }
    throw new Denied(405, 'BAD_USER_INPUT', 'METHOD_NOT_ALLOWED', 'Ask with GET or POST', allow)
  }
  const wrong = unreadableBody(request)
  if (wrong) throw denied(415, 'MEDIA_TYPE_UNKNOWN', wrong.message, wrong.headers)
  // What was not read of a body makes its connection useless for another request.
  const close = { connection: 'close' }
  const text = await readBody(request, maxBytes, {
    tooLarge: () => denied(413, 'BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`, close),
    incomplete: () => denied(400, 'BODY_INCOMPLETE', 'the body broke off', close),
  })
  return fromJson(text, 'The body')
}

/**
 * Checks parameters, wherever they came from, finds the document they mean, and parses it within the limits. Denies
 * with PARAMETERS_INVALID, and as `PersistedOperations` and `parseWithinLimits` do.
 */
export function graphqlRequest(
  given: unknown,
  documents: DocumentLimits & { persisted: PersistedOperations },
): GraphQLRequest {
  const read = parameters.safeParse(given)
  if (!read.success) {
    const wrong = read.error.issues.map(({ path, message }) => `${path.join('.') || 'parameters'}: ${message}`)
    throw invalid(wrong.join('; '))
  }
  const { operationName, variables, documentId, extensions } = read.data
  const id = extensions?.persistedQuery?.sha256Hash ?? documentId?.replace(/^sha256:/, '')
  const named = { query: read.data.query ?? undefined, id }
  if (named.query === undefined && id === undefined) throw invalid('query: a document is needed, or the id of one')
  const query = documents.persisted.textOf(named)
  const document = parseWithinLimits(query, documents)
  documents.persisted.remember(named)
  return { query, document, operationName: operationName ?? undefined, variables: variables ?? undefined }
}

function invalid(wrong: string): Denied {
  return new Denied(400, 'BAD_USER_INPUT', 'PARAMETERS_INVALID', `Not parameters of GraphQL over HTTP: ${wrong}`)
}

function fromQueryString(params: URLSearchParams): unknown {
  const given: Record<string, unknown> = {}
  for (const name of ['query', 'operationName', 'documentId']) {
    const value = params.get(name)
    if (value !== null) given[name] = value
  }
  for (const name of ['variables', 'extensions']) {
    const value = params.get(name)
    if (value) given[name] = fromJson(value, `The parameter ${name}`)
  }
  return given
}

function denied(status: number, reason: string, message: string, headers: Readonly<Record<string, string>>): Denied {
  return new Denied(status, 'BAD_USER_INPUT', reason, `${message.charAt(0).toUpperCase()}${message.slice(1)}`, headers)
}

function fromJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Denied(400, 'BAD_USER_INPUT', 'BODY_NOT_JSON', `${what} is not JSON`)
  }
}
