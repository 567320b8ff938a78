import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Envelope } from './command.ts'
import { createSender, outcomeOf, type Sender } from './send.ts'

const envelope: Envelope = {
  command: { subgraph: 'payroll', mutation: 'closeAccount', input: { employeeId: 'e1' } },
  idempotencyKey: 's1:account:backward:0',
  forwardKey: 's1:account:forward:0',
  inDoubt: false,
  tenantId: '11111111-1111-4111-8111-111111111111',
  onBehalfOf: { person: 'p1', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' },
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
}
const document = 'mutation closeAccount { … }'

let received: { headers: IncomingMessage['headers']; body: unknown } | undefined
let answer: (() => { status: number; body: string }) | undefined
const server = createServer(async (incoming, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  received = { headers: incoming.headers, body: JSON.parse(Buffer.concat(chunks).toString()) }
  if (!answer) return incoming.socket.destroy()
  const { status, body } = answer()
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
})
let sender: Sender

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  sender = createSender({
    urls: { payroll: `http://127.0.0.1:${port}/graphql`, silent: 'http://127.0.0.1:1/graphql' },
    documents: { 'payroll.closeAccount': document, 'silent.go': document },
    sign: ({ tenantId }) => `token-of-${tenantId}`,
    timeoutMs: 500,
  })
})
afterAll(async () => {
  await sender.close()
  server.close()
})

const says = (status: number, body: object) => {
  answer = () => ({ status, body: JSON.stringify(body) })
}
const error = (code: string, reason?: string) => ({ errors: [{ message: 'm', extensions: { code, reason } }] })

describe('a command that is sent', () => {
  it('brings its keys, its input, the person it is sent for, the request and the trace', async () => {
    says(200, { data: { closeAccount: { __typename: 'CloseAccountPayload', accountId: 'a1' } } })
    expect(await sender.send(envelope)).toEqual({ kind: 'done', answer: { accountId: 'a1' } })
    expect(received?.body).toEqual({
      query: document,
      variables: {
        idempotencyKey: 's1:account:backward:0',
        forwardKey: 's1:account:forward:0',
        input: { employeeId: 'e1' },
      },
    })
    expect(received?.headers).toMatchObject({
      authorization: `Bearer token-of-${envelope.tenantId}`,
      'x-request-id': 'request-1',
      traceparent: envelope.traceparent,
    })
  })

  it('is in doubt when nobody answers', async () => {
    answer = undefined
    expect(await sender.send(envelope)).toMatchObject({ kind: 'inDoubt', code: 'UNREACHABLE' })
    const silent = { ...envelope, command: { subgraph: 'silent', mutation: 'go', input: {} } }
    expect(await sender.send(silent)).toMatchObject({ kind: 'inDoubt', message: 'silent gave no answer: ECONNREFUSED' })
  })

  it('is in doubt when the answer takes too long', async () => {
    const slow = createServer(() => {})
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`
    const impatient = createSender({
      ...{ urls: { payroll: url }, documents: { 'payroll.closeAccount': document }, sign: () => 't', timeoutMs: 50 },
    })
    expect(await impatient.send(envelope)).toMatchObject({ kind: 'inDoubt', code: 'UNREACHABLE' })
    await impatient.close()
    slow.closeAllConnections()
    slow.close()
  })

  it('halts when nobody knows it', async () => {
    const unknown = { ...envelope, command: { subgraph: 'payroll', mutation: 'burn', input: {} } }
    expect(await sender.send(unknown)).toMatchObject({ kind: 'halted', code: 'COMMAND_UNKNOWN' })
  })
})

describe('an answer', () => {
  const read = (status: number, body: object | string) =>
    outcomeOf('go', status, typeof body === 'string' ? body : JSON.stringify(body))

  it('that is a refusal is a no of the business', () => {
    const body = { data: { go: { __typename: 'Refusal', code: 'NO', message: 'not so' } } }
    expect(read(200, body)).toEqual({ kind: 'refused', code: 'NO', message: 'not so' })
  })

  it.each([
    ['CONFLICT', 'STALE_VERSION', 200],
    ['INTERNAL', 'UNEXPECTED', 200],
    ['BAD_USER_INPUT', undefined, 400],
    ['FORBIDDEN', undefined, 200],
  ])('of %s (%s) calls a person', (code, reason, status) => {
    expect(read(status, error(code, reason))).toMatchObject({ kind: 'halted', code: reason ?? code })
  })

  it.each<[string, number, object | string]>([
    ['UNAVAILABLE', 200, error('UNAVAILABLE', 'DATABASE_UNAVAILABLE')],
    ['a twin under way', 200, error('CONFLICT', 'IN_PROGRESS')],
    ['UNAUTHENTICATED, while keys are exchanged', 401, error('UNAUTHENTICATED')],
    ['a proxy', 502, '<html>Bad Gateway</html>'],
    ['an error without a code', 500, { errors: [{ message: 'm' }] }],
    ['done, with a part that could not be read', 200, { data: { go: { __typename: 'P' } }, ...error('UNAVAILABLE') }],
    ['nothing', 200, { data: { go: null } }],
    ['half an answer', 200, '{"data":{"go":{"__ty'],
  ])('of %s leaves the command in doubt', (_, status, body) => {
    expect(read(status, body)).toMatchObject({ kind: 'inDoubt' })
  })
})

describe('a question of an adapter', () => {
  it('is asked as the worker, for the person behind the saga', async () => {
    says(200, { data: { account: { id: 'a1' } } })
    expect(await sender.ask(envelope, 'payroll', '{ account { id } }', { of: 'x' })).toEqual({ account: { id: 'a1' } })
    expect(received?.body).toEqual({ query: '{ account { id } }', variables: { of: 'x' } })
    expect(received?.headers.authorization).toBe(`Bearer token-of-${envelope.tenantId}`)
  })

  it('is a fault when it is not answered, or not with what was asked', async () => {
    says(200, { data: { account: null }, ...error('FORBIDDEN') })
    await expect(sender.ask(envelope, 'payroll', '{ a }', {})).rejects.toMatchObject({ code: 'SUBGRAPH_UNREADABLE' })
    await expect(sender.ask(envelope, 'silent', '{ a }', {})).rejects.toMatchObject({ code: 'SUBGRAPH_UNREACHABLE' })
    await expect(sender.ask(envelope, 'unknown', '{ a }', {})).rejects.toMatchObject({ code: 'SUBGRAPH_UNREACHABLE' })
  })
})
