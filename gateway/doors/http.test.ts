import { once } from 'node:events'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { ask, startTestbed, type Testbed } from '../testing/testbed.ts'

// A gateway of its own takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

let bed: Testbed
beforeAll(async () => {
  bed = await startTestbed(() => ({
    MAX_BODY_BYTES: '5000',
    MAX_DOCUMENT_DEPTH: '20',
    MAX_DOCUMENT_TOKENS: '500',
    CORS_ORIGINS: '["https://erp.example.org"]',
    TRUSTED_PROXIES: '1',
    SUBGRAPH_TIMEOUT_MS: '300',
  }))
})
afterAll(() => bed.stop())
beforeEach(() => {
  bed.hr.seen.length = 0
  bed.approvals.seen.length = 0
})

const employee = '{ employee(id: "7") { id name } }'

function raw(init: RequestInit & { path?: string }): Promise<Response> {
  const headers = { authorization: `Bearer ${bed.token}`, 'content-type': 'application/json', ...init.headers }
  return fetch(`${bed.gateway.url}${init.path ?? '/graphql'}`, { method: 'POST', ...init, headers })
}

describe('who may ask', () => {
  it('answers whoever brings a token of the issuer', async () => {
    const { status, body } = await ask(bed, employee)
    expect({ status, body }).toEqual({ status: 200, body: { data: { employee: { id: '7', name: 'Employee 7' } } } })
  })

  it.each([
    ['no token', async () => ''],
    ['no bearer', async () => 'Basic YTpi'],
    ['a text that is no token', async () => 'Bearer abc'],
    ['an expired token', async () => `Bearer ${await bed.issuer.token({ exp: 1 })}`],
    ['a token for somebody else', async () => `Bearer ${await bed.issuer.token({ aud: 'other' })}`],
    ['a token of another issuer', async () => `Bearer ${await bed.issuer.token({ iss: 'https://evil.example' })}`],
    ['a token without a tenant', async () => `Bearer ${await bed.issuer.token({ tenant: undefined })}`],
  ])('refuses %s with 401, before any subgraph hears of it', async (_what, authorization) => {
    const { status, headers, body } = await ask(bed, employee, { authorization: await authorization() })
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe('Bearer')
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(bed.hr.seen).toEqual([])
  })

  it('tells the schema without a token in development, and nothing else', async () => {
    const anonymous = (query: string) =>
      raw({ body: JSON.stringify({ query }), headers: { authorization: undefined as never } })
    const post = async (query: string) => {
      const response = await fetch(`${bed.gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      })
      return { status: response.status, body: await response.json() }
    }
    expect(await post('{ __schema { queryType { name } } }')).toMatchObject({ status: 200 })
    expect(await post('{ __typename employee(id: "7") { id } }')).toMatchObject({ status: 401 })
    expect(await post('{ ...F } fragment F on Query { employee(id: "7") { id } }')).toMatchObject({ status: 401 })
    expect((await anonymous('{ __typename }')).status).toBe(401)
  })
})

describe('what a subgraph is told', () => {
  it('gets an internal token of at most 60 s that names the service and the person it acts for', async () => {
    await ask(bed, employee, { 'x-forwarded-for': '6.6.6.6, 192.0.2.1' })
    const [{ identity, token }] = bed.hr.seen as [(typeof bed.hr.seen)[0]]
    expect(identity).toMatchObject({
      service: 'gateway',
      person: 'p-1',
      account: 'a-1',
      session: 's-1',
      address: '192.0.2.1',
    })
    expect([...identity.scopes]).toEqual(['hr:read', 'hr:write'])
    expect(identity.tenantId).toBe('6f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11')
    expect(Number(token.exp) - Number(token.iat)).toBeLessThanOrEqual(60)
    expect(JSON.stringify(bed.hr.seen[0]?.headers)).not.toContain(bed.token)
  })

  it('gets the request id and continues the trace; the answer bears the id', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c'
    const sent = { 'x-request-id': 'order-4711', traceparent: `00-${trace}-b7ad6b7169203331-01` }
    const { headers } = await ask(bed, employee, sent)
    expect(headers.get('x-request-id')).toBe('order-4711')
    const told = bed.hr.seen[0]?.headers
    expect(told).toMatchObject({ 'x-request-id': 'order-4711' })
    expect(told?.traceparent).toMatch(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`))
  })

  it('mints a request id when the client brings none that is well formed', async () => {
    const { headers } = await ask(bed, employee, { 'x-request-id': 'a b' })
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('a replay', () => {
  it('is announced when every mutation of the request was one', async () => {
    const hire = 'mutation { hire(idempotencyKey: "k1") { id } }'
    expect((await ask(bed, hire)).headers.get('idempotent-replayed')).toBeNull()
    const again = await ask(bed, hire)
    expect(again.headers.get('idempotent-replayed')).toBe('true')
    expect(again.body).toEqual({ data: { hire: { id: 'new' } } })
  })

  it('is not announced when one of several was done for the first time', async () => {
    const both = 'mutation { hire(idempotencyKey: "k2") { id } approve(idempotencyKey: "k3") }'
    await ask(bed, 'mutation { hire(idempotencyKey: "k2") { id } }')
    expect((await ask(bed, both)).headers.get('idempotent-replayed')).toBeNull()
    expect((await ask(bed, both)).headers.get('idempotent-replayed')).toBe('true')
  })
})

describe('what is too much or not GraphQL', () => {
  it.each([
    [
      'a body beyond the limit',
      { body: JSON.stringify({ query: `{ __typename } #${'x'.repeat(5000)}` }) },
      413,
      'BODY_TOO_LARGE',
    ],
    ['what is not JSON', { body: '{' }, 400, 'BODY_NOT_JSON'],
    ['a body without a query', { body: '{"variables":{}}' }, 400, 'PARAMETERS_INVALID'],
    ['a batch', { body: '[{"query":"{ __typename }"}]' }, 400, 'PARAMETERS_INVALID'],
    ['a syntax error', { body: '{"query":"{ secretWord"}' }, 400, 'DOCUMENT_NOT_READABLE'],
    ['a form', { body: 'query={__typename}', headers: { 'content-type': 'text/plain' } }, 415, 'MEDIA_TYPE_UNKNOWN'],
    [
      'another charset',
      { body: '{}', headers: { 'content-type': 'application/json; charset=iso-8859-1' } },
      415,
      'MEDIA_TYPE_UNKNOWN',
    ],
    [
      'a compressed body',
      { body: gzipSync('{}'), headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      415,
      'MEDIA_TYPE_UNKNOWN',
    ],
    ['another method', { method: 'PUT', body: '{}' }, 405, 'METHOD_NOT_ALLOWED'],
    [
      'a subscription',
      { body: '{"query":"subscription { awaiting { cursor } }"}' },
      400,
      'SUBSCRIPTION_NEEDS_WEBSOCKET',
    ],
    [
      'an unknown operation',
      { body: '{"query":"query A { __typename }","operationName":"B"}' },
      400,
      'OPERATION_UNKNOWN',
    ],
  ])('denies %s and says which rule it was', async (_what, init, status, reason) => {
    const response = await raw(init)
    const text = await response.text()
    expect(response.status).toBe(status)
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT', reason })
    expect(text).not.toContain('secretWord')
  })

  it('tells who sends far too much so, also when it listens only once all is sent', async () => {
    const body = Buffer.alloc(20 * 2 ** 20, ' ')
    const { port } = new URL(bed.gateway.url)
    const socket = connect(Number(port), '127.0.0.1')
    const told: Buffer[] = []
    const failed = vi.fn()
    socket.on('error', failed).on('data', (chunk) => told.push(chunk))
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${bed.token}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    )
    socket.write(body)
    await once(socket, 'close')
    expect(failed).not.toHaveBeenCalled()
    expect(String(Buffer.concat(told))).toMatch(/^HTTP\/1.1 413 .*BODY_TOO_LARGE/s)
  })

  it('takes queries, not mutations, by GET', async () => {
    const get = (query: string) => raw({ method: 'GET', path: `/graphql?query=${encodeURIComponent(query)}` })
    expect((await get(employee)).status).toBe(200)
    const mutation = await get('mutation { hire(idempotencyKey: "get") { id } }')
    expect(mutation.status).toBe(405)
    expect(bed.hr.seen).toHaveLength(1)
  })

  it('answers an invalid document with 400 to who speaks the newer media type', async () => {
    const { status, body } = await ask(bed, '{ nobody }', { accept: 'application/graphql-response+json' })
    expect(status).toBe(400)
    expect(body).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
  })
})

describe('when a subgraph fails', () => {
  it('gives the rest of the data and says who did not answer, in time', async () => {
    const { body } = await ask(bed, '{ slow awaitingCount }')
    expect(body).toMatchObject({
      data: { slow: null, awaitingCount: 1 },
      errors: [{ extensions: { code: 'UNAVAILABLE', reason: 'SUBGRAPH_TIMEOUT', service: 'hr' } }],
    })
  })

  it('gives errors of a subgraph the path in the client’s own document, and its name', async () => {
    const { body } = await ask(bed, '{ mine: broken }')
    expect(body.errors?.[0]).toMatchObject({ path: ['mine'], extensions: { code: 'INTERNAL', service: 'hr' } })
  })
})

describe('pages of other origins', () => {
  it('may read answers when their origin is configured', async () => {
    const allowed = { origin: 'https://erp.example.org' }
    const preflight = await raw({ method: 'OPTIONS', headers: { ...allowed, 'access-control-request-method': 'POST' } })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
    expect((await ask(bed, employee, allowed)).headers.get('access-control-allow-origin')).toBe(allowed.origin)
    const foreign = await ask(bed, employee, { origin: 'https://evil.example' })
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
  })
})

it('finishes requests in flight when it stops, and takes no more', async () => {
  const other = await startTestbed()
  const holding = once(other.hr.held, 'holding')
  const answer = ask(other, '{ slow }')
  await holding
  const stopped = other.gateway.stop()
  await expect(fetch(`${other.gateway.url}/livez`)).rejects.toThrow()
  other.hr.held.emit('release')
  expect((await answer).body).toEqual({ data: { slow: 'at last' } })
  await stopped
  await Promise.all([other.hr.stop(), other.approvals.stop(), other.issuer.stop()])
})
