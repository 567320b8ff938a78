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
  const [type, ...attributes] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
  const charset = attributes.map((attribute) => attribute.trim()).find((attribute) => attribute.startsWith('charset='))
  if (type?.trim() !== 'application/json' || (charset && charset.replaceAll('"', '') !== 'charset=utf-8'))
    throw new BadRequest(415, 'the body must be application/json in UTF-8')
  return checked(parseJson(await readBody(request, maxBytes), 'the body'))
}

function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else reject(new BadRequest(413, `the body is larger than ${maxBytes} bytes`, { connection: 'close' }))
    })
    request.on('end', () => resolve(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString()))
    request.on('error', reject)
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
