import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
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
  const [mediaType] = (request.headers['content-type'] ?? '').split(';')
  if (mediaType?.trim().toLowerCase() !== 'application/json') {
    throw new Denied(415, 'BAD_USER_INPUT', 'MEDIA_TYPE_UNKNOWN', 'The body must be application/json')
  }
  return fromJson(await readBody(request, maxBytes), 'The body')
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

function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  // What is not read of a body makes its connection useless for another request.
  const close = { connection: 'close' }
  const chunks: Buffer[] = []
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) return void chunks.push(chunk)
    request.pause()
    reject(new Denied(413, 'BAD_USER_INPUT', 'BODY_TOO_LARGE', `The body is larger than ${maxBytes} bytes`, close))
  })
  request.once('end', () => resolve(String(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))))
  request.once('error', () => reject(new Denied(400, 'BAD_USER_INPUT', 'BODY_INCOMPLETE', 'The body broke off', close)))
  return promise
}

function fromJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Denied(400, 'BAD_USER_INPUT', 'BODY_NOT_JSON', `${what} is not JSON`)
  }
}
