import type { IncomingMessage, ServerResponse } from 'node:http'
import { isObject } from './json.ts'
import { requestError } from './requestErrors.ts'
import type { ResponseError } from './run.ts'

/** The parameters of a GraphQL request over HTTP. */
export type Parameters = {
  query: string
  operationName: string | undefined
  variables: Record<string, unknown> | undefined
}

/** A request that is not GraphQL over HTTP, and the status that says so. */
export class BadRequest extends Error {
  override name = 'BadRequest'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export type MediaType = 'application/graphql-response+json' | 'application/json'

/** The media type to answer in, or undefined where the client takes none of ours. */
export function acceptedType(accept: string | undefined): MediaType | undefined {
  if (!accept || accept === '*/*' || accept === 'application/json') return 'application/json'
  const ranges = accept.split(',').map((range) => (range.split(';')[0] ?? '').trim().toLowerCase())
  if (ranges.includes('application/graphql-response+json')) return 'application/graphql-response+json'
  const json = ranges.some((range) => range === 'application/json' || range === 'application/*' || range === '*/*')
  return json ? 'application/json' : undefined
}

/** Reads the parameters of a GET from its query string, or of a POST from its JSON body. */
export async function readParameters(request: IncomingMessage, search: string, maxBytes: number): Promise<Parameters> {
  if (request.method === 'GET') return fromQueryString(new URLSearchParams(search))
  if (request.method !== 'POST') throw new BadRequest(405, 'ask with GET or POST', { allow: 'GET, POST' })
  const wrong = unreadableBody(request)
  if (wrong) throw new BadRequest(415, wrong.message, wrong.headers)
  const text = await readBody(request, maxBytes, {
    tooLarge: () => new BadRequest(413, `the body is larger than ${maxBytes} bytes`, { connection: 'close' }),
    incomplete: () => new BadRequest(400, 'the body broke off', { connection: 'close' }),
  })
  return checked(parseJson(text, 'the body'))
}

/** Why a body cannot be read by what its headers say of it, if so. */
export function unreadableBody({
  headers,
}: IncomingMessage): { message: string; headers: Record<string, string> } | undefined {
  const [type, ...attributes] = (headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = attributes.map((attribute) => attribute.trim()).find((attribute) => attribute.startsWith('charset='))
  if (type?.trim() !== 'application/json') return { message: 'the body must be application/json', headers: {} }
  if (charset && charset.replaceAll('"', '') !== 'charset=utf-8')
    return { message: 'the body must be in UTF-8', headers: {} }
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (coding === 'identity') return undefined
  // What would be taken instead belongs to the answer (RFC 9110, § 15.5.16).
  return { message: 'the body must not be compressed', headers: { 'accept-encoding': 'identity' } }
}

/** So many bytes of a body that is too large are read and thrown away: who sends and does not listen hears why. */
const thrownAwayBytes = 64 * 2 ** 20

/** The text of a body of at most `maxBytes`, or a rejection with what `failures` makes. */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
  failures: { tooLarge(): Error; incomplete(): Error },
): Promise<string> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) return void chunks.push(chunk)
      chunks = []
      if (bytes <= maxBytes + thrownAwayBytes) return
      request.pause()
      reject(failures.tooLarge())
    })
    request.once('end', () => {
      if (bytes > maxBytes) reject(failures.tooLarge())
      else resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString())
    })
    request.once('error', () => reject(failures.incomplete()))
  })
}

function fromQueryString(params: URLSearchParams): Parameters {
  const json = (name: string): unknown => {
    const text = params.get(name)
    return text === null ? undefined : parseJson(text, name)
  }
  return checked({
    query: params.get('query'),
    operationName: params.get('operationName'),
    variables: json('variables'),
    extensions: json('extensions'),
  })
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRequest(400, `${what} is not JSON`)
  }
}

function checked(given: unknown): Parameters {
  if (!isObject(given)) throw new BadRequest(400, 'the body must be an object')
  const { query, operationName, variables, extensions } = given
  if (typeof query !== 'string') throw new BadRequest(400, 'query must be a string')
  if (isSet(operationName) && typeof operationName !== 'string')
    throw new BadRequest(400, 'operationName must be a string')
  if (isSet(variables) && !isObject(variables)) throw new BadRequest(400, 'variables must be an object')
  if (isSet(extensions) && !isObject(extensions)) throw new BadRequest(400, 'extensions must be an object')
  return {
    query,
    operationName: typeof operationName === 'string' && operationName ? operationName : undefined,
    variables: isObject(variables) ? variables : undefined,
  }
}

const isSet = (value: unknown) => value !== undefined && value !== null

/**
 * The status of an answer. `application/json` says 200 to every well-formed request, because an
 * old client may take anything else for the words of a proxy; the newer type says what happened.
 */
export function statusOf(refused: boolean, type: MediaType): number {
  return refused && type === 'application/graphql-response+json' ? 400 : 200
}

/** Sends text in one piece with its headers; text of ASCII alone, as most JSON is, goes without a transcoder. */
export function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  const bytes = Buffer.byteLength(text)
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-length': bytes })
    .end(text, bytes === text.length ? 'latin1' : 'utf8')
}

export function sendErrors(response: ServerResponse, failure: BadRequest, type: MediaType): void {
  const errors: ResponseError[] = [requestError('BAD_REQUEST', failure.message)]
  for (const [name, value] of Object.entries(failure.headers)) response.setHeader(name, value)
  sendText(response, failure.status, type, JSON.stringify({ errors }))
}
