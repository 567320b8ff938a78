import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { auditServer } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ask, socketClient, startTestbed, type Testbed } from '../testing/testbed.ts'

// A gateway of its own takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const employee = '{ employee(id: "7") { id name } }'
const listed = 'query Listed { employee(id: "8") { id } }'
const hash = (text: string) => createHash('sha256').update(text).digest('hex')

let bed: Testbed
beforeAll(async () => {
  bed = await startTestbed(() => ({
    MAX_BATCH: '3',
    FORWARD_HEADERS: '["Accept-Language"]',
    RETURN_HEADERS: '["x-served-by"]',
    COMPRESS_FROM_BYTES: '200',
    CORS_ORIGINS: '["https://erp.example.org"]',
    SUBGRAPH_TIMEOUT_MS: '20000',
    SUBGRAPH_TIMEOUTS_MS: '{"hr":1000}',
  }))
})
afterAll(() => bed.stop())

const url = () => `${bed.gateway.url}/graphql`

type Answered = { data?: unknown; errors?: { message: string; extensions: { code: string; reason: string } }[] }

const reasonOf = (answer: Answered | undefined) => answer?.errors?.[0]?.extensions.reason

async function post(sent: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(url(), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${bed.token}`, ...headers },
    body: JSON.stringify(sent),
  })
  const body = (await response.json()) as Answered | Answered[]
  return { status: response.status, headers: response.headers, body, reason: reasonOf([body].flat()[0]) }
}

/** A request as it goes over the wire: fetch would unpack the answer and add headers of its own. */
function raw(method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer; status: number }>((resolve, reject) => {
    const request = httpRequest(`${bed.gateway.url}${path}`, { method, headers }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      resolve({ headers: response.headers, body: Buffer.concat(chunks), status: response.statusCode ?? 0 })
    })
    request.once('error', reject)
    request.end()
  })
}

describe('a page of another origin', () => {
  it('cannot have a browser ask by an image, a link or a form: none of them sends what only our own may set', async () => {
    const asked = `/graphql?query=${encodeURIComponent('{ __schema { queryType { name } } }')}`
    const image = await raw('GET', asked, { accept: 'image/*', cookie: 'session=1' })
    expect([image.status, String(image.body)]).toEqual([400, expect.stringContaining('CROSS_SITE_SUSPECTED')])
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const form = await raw('POST', '/graphql', type ? { 'content-type': type } : {})
      expect(String(form.body)).toContain('CROSS_SITE_SUSPECTED')
    }
    const basic = await raw('GET', asked, { authorization: 'Basic YTpi' })
    expect(String(basic.body)).toContain('CROSS_SITE_SUSPECTED')
    expect((await raw('GET', asked, { 'apollo-require-preflight': 'true' })).status).toBe(200)
  })
})

describe('persisted operations', () => {
  it('are named by their hash once they have been sent, also in a GET that a cache can keep', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash(employee) } }
    const unknown = await post({ extensions })
    expect(unknown).toMatchObject({
      status: 200,
      body: { errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }] },
    })
    expect((await post({ query: employee, extensions })).body).toEqual({
      data: { employee: { id: '7', name: 'Employee 7' } },
    })
    const path = `/graphql?extensions=${encodeURIComponent(JSON.stringify(extensions))}`
    const cached = await raw('GET', path, { authorization: `Bearer ${bed.token}` })
    expect(JSON.parse(String(cached.body))).toEqual({ data: { employee: { id: '7', name: 'Employee 7' } } })
  })

  it('do not remember what is denied, or denying it once were not enough', async () => {
    const deep = `${'{ a '.repeat(30)}${'}'.repeat(30)}`
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash(deep) } }
    expect((await post({ query: deep, extensions })).reason).toBe('DOCUMENT_TOO_DEEP')
    expect((await post({ extensions })).reason).toBe('PERSISTED_QUERY_NOT_FOUND')
  })
})

it('where the manifest is required nothing else is taken, over HTTP and WebSocket', async () => {
  const strict = await startTestbed(async ({ folder }) => {
    const operations = [{ id: hash(listed), name: 'Listed', type: 'query', body: listed }]
    const path = join(folder, 'operations.json')
    await writeFile(path, JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }))
    return { OPERATIONS_MANIFEST: path, SAFELIST: 'require', INTROSPECTION: 'false' }
  })
  const reason = async (body: object) => {
    const response = await fetch(`${strict.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${strict.token}` },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as Answered
    return answer.data ?? reasonOf(answer)
  }
  expect(await reason({ query: employee })).toBe('OPERATION_NOT_LISTED')
  expect(await reason({ query: listed })).toEqual({ employee: { id: '8' } })
  expect(await reason({ documentId: `sha256:${hash(listed)}` })).toEqual({ employee: { id: '8' } })
  const client = socketClient(strict)
  await expect(client.iterate({ query: employee }).next()).rejects.toMatchObject([
    { extensions: { reason: 'OPERATION_NOT_LISTED' } },
  ])
  await client.dispose()
  await strict.stop()
})

describe('a batch', () => {
  it('is answered one by one and in order, each with its own errors', async () => {
    const { status, body } = await post([{ query: employee }, { query: '{ nope' }, { query: '{ awaitingCount }' }])
    expect(status).toBe(200)
    expect(body).toMatchObject([
      { data: { employee: { id: '7' } } },
      { errors: [{ extensions: { reason: 'DOCUMENT_NOT_READABLE' } }] },
      { data: { awaitingCount: 1 } },
    ])
  })

  it('is no longer than allowed, and no subscription', async () => {
    const many = await post([1, 2, 3, 4].map(() => ({ query: employee })))
    expect([many.status, many.reason]).toEqual([400, 'BATCH_SIZE'])
    expect((await post([])).reason).toBe('BATCH_SIZE')
    const stream = await post([{ query: 'subscription { awaiting { cursor } }' }], { accept: 'text/event-stream' })
    expect(stream.reason).toBe('SUBSCRIPTION_NEEDS_WEBSOCKET')
  })
})

describe('headers', () => {
  it('travel both ways where they are configured, and not where they are not', async () => {
    bed.hr.seen.length = 0
    const sent = {
      'accept-language': 'de',
      'x-secret': 'mine',
      cookie: 'session=1',
      tracestate: 'vendor=1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'apollographql-client-name': 'web',
      'apollographql-client-version': '1.2',
    }
    const { headers } = await ask(bed, employee, sent)
    expect(bed.hr.seen[0]?.headers).toMatchObject({
      'accept-language': 'de',
      tracestate: 'vendor=1',
      'apollographql-client-name': 'web',
      'apollographql-client-version': '1.2',
    })
    expect(Object.keys(bed.hr.seen[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']))
    expect(bed.hr.seen[0]?.headers['x-secret']).toBeUndefined()
    expect([headers.get('x-served-by'), headers.get('set-cookie')]).toEqual(['6f1e', null])
  })

  it('tell the name of the client to the metrics, with how long its requests took', async () => {
    await ask(bed, employee, { 'apollographql-client-name': 'mobile' })
    const text = await (await fetch(`${bed.gateway.url}/metrics`)).text()
    expect(text).toMatch(/gateway_request_seconds_count\{[^}]*client="mobile"[^}]*status="200"[^}]*\} 1/)
  })
})

describe('an answer', () => {
  const many = `{ ${Array.from({ length: 20 }, (_, n) => `a${n}: employee(id: "${n}") { id name }`).join(' ')} }`
  const path = `/graphql?query=${encodeURIComponent(many)}`
  const get = (encoding: string) =>
    raw('GET', path, {
      authorization: `Bearer ${bed.token}`,
      'accept-encoding': encoding,
      origin: 'https://erp.example.org',
    })

  it('is compressed as its client likes best, when it is long enough', async () => {
    const plain = await get('identity')
    expect(plain.headers['content-encoding']).toBeUndefined()
    const brotli = await get('gzip, deflate, br')
    expect(brotli.headers).toMatchObject({ 'content-encoding': 'br', vary: 'origin, accept-encoding' })
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body)
    const zipped = await get('gzip, br;q=0.1')
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body)).toEqual(plain.body)
    expect((await get('br;q=0, gzip;q=0')).headers['content-encoding']).toBeUndefined()
    const short = await raw('GET', '/graphql?query={__typename}', {
      authorization: `Bearer ${bed.token}`,
      'accept-encoding': 'br',
    })
    expect(short.headers['content-encoding']).toBeUndefined()
  })

  it('is partial, with an error, when one subgraph is slower than it may be, and the other is not held to its time', async () => {
    const { body } = await post({ query: '{ slow awaitingCount }' })
    expect(body).toMatchObject({
      data: { slow: null, awaitingCount: 1 },
      errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'SUBGRAPH_TIMEOUT', service: 'hr' } }],
    })
  })
})

it('a subgraph that is gone costs a request its fields and a warning in /health, and then no time', async () => {
  const lame = await startTestbed()
  await lame.hr.stop()
  const half = () => ask(lame, '{ employee(id: "7") { id } awaitingCount }')
  const { body } = await half()
  expect(body).toMatchObject({
    data: { employee: null, awaitingCount: 1 },
    errors: [{ extensions: { service: 'hr' } }],
  })
  for (let request = 0; request < 4; request++) await half()
  expect((await half()).body).toMatchObject({
    data: { employee: null, awaitingCount: 1 },
    errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'SUBGRAPH_CIRCUIT_OPEN', service: 'hr' } }],
  })
  await expect
    .poll(async () => (await fetch(`${lame.gateway.url}/health`)).json())
    .toMatchObject({ status: 'warn', checks: { 'subgraph-hr:responseTime': [{ status: 'warn' }] } })
  const metrics = await (await fetch(`${lame.gateway.url}/metrics`)).text()
  expect(metrics).toMatch(/gateway_subgraph_circuit\{[^}]*subgraph="hr"[^}]*state="open"[^}]*\} 1/)
  await lame.gateway.stop()
  await Promise.all([lame.approvals.stop(), lame.issuer.stop()])
})

it('passes the audits of GraphQL over HTTP, with no error and no warning', async () => {
  const fetchFn: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('authorization', `Bearer ${bed.token}`)
    return fetch(input, { ...init, headers })
  }
  const results = await auditServer({ url: url(), fetchFn })
  expect(results.length).toBeGreaterThan(50)
  expect(results.filter(({ status }) => status !== 'ok').map((result) => `${result.id} ${result.name}`)).toEqual([])
})
