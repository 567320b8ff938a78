import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, createMetrics, createTracing } from '@steinmetz/kernel/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formerMail, mail } from './adapters/mail/commands.ts'
import { readSettings } from './config.ts'
import { type AnyCommand, type Envelope, external } from './engine/command.ts'
import { billing } from './generated/commands.ts'
import { commands, openSending, type Sending } from './sending.ts'

const tenantId = '11111111-1111-4111-8111-111111111111'
const asked: string[] = []
const shown: string[] = []
const server = createServer(async (incoming, response) => {
  let body = ''
  shown.push(incoming.headers.authorization ?? '')
  for await (const chunk of incoming) body += chunk
  const { query } = JSON.parse(body)
  asked.push(/\w+/.exec(query)?.[0] ?? '')
  const invoiceMail = { to: 'kunde@example.de', from: 'firma@example.de', subject: 'Rechnung', text: 'Guten Tag' }
  const recordDelivery = { __typename: 'RecordDeliveryPayload', invoiceId: 'i1' }
  response.end(JSON.stringify({ data: { invoiceMail, recordDelivery } }))
})
let folder: string
const opened: Sending[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mail-'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()))
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

function sending(more: Record<string, string>, now = () => new Date()): Sending {
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const database = `postgres://nobody:${randomUUID()}@127.0.0.1:1/none`
  const config = readSettings({
    ...{ PORT: '0', ENGINE_DATABASE_URL: database, BUS_DATABASE_URL: database, QUEUE_DATABASE_URL: database },
    INTERNAL_SIGNING_KEY: JSON.stringify({ ...key, kid: 'saga-worker-1' }),
    SUBGRAPH_URLS: JSON.stringify({ billing: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
    ...more,
  })
  const service = 'saga-worker'
  const log = createLog({ service: 'test', level: 'silent' })
  const telemetry = { log, metrics: createMetrics('test'), tracing: createTracing('test', undefined) }
  const one = openSending(config, { service, ...telemetry, now, commands })
  opened.push(one)
  return one
}

let nth = 0
const envelope = (command: AnyCommand): Envelope => ({
  ...{
    command,
    idempotencyKey: `s${++nth}:step:forward:0`,
    forwardKey: null,
    inDoubt: false,
    tenantId,
    traceparent: null,
  },
  onBehalfOf: { person: 'p1', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' },
})

describe('a command goes', () => {
  it('to the subgraph it names', async () => {
    const answer = await sending({}).send(envelope(billing.recordDelivery({ invoiceId: 'i1', messageId: 'm1' })))
    expect(answer).toEqual({ kind: 'done', answer: { invoiceId: 'i1' } })
  })

  it('to the system outside that it names, as former versions sent it too', async () => {
    const { send } = sending({ MAIL_FOLDER: folder })
    expect(await send(envelope(mail.deliverInvoice({ invoiceId: 'i1' })))).toMatchObject({ kind: 'done' })
    expect(await send(envelope(formerMail.deliverInvoice({ invoiceId: 'i1' })))).toMatchObject({ kind: 'done' })
    expect(await readdir(join(folder, tenantId))).toHaveLength(2)
  })

  it('nowhere when it goes outside and nobody says where that is: no subgraph is asked instead', async () => {
    const { send, checks } = sending({})
    expect(checks).toEqual([])
    asked.length = 0
    for (const command of [
      mail.deliverInvoice({ invoiceId: 'i1' }),
      formerMail.deliverInvoice({ invoiceId: 'i1' }),
      external('billing', 'recordDelivery', { invoiceId: 'i1', messageId: 'm1' }),
    ])
      expect(await send(envelope(command))).toMatchObject({ kind: 'halted', code: 'SYSTEM_NOT_CONFIGURED' })
    expect(asked).toEqual([])
  })

  it('outside only while each system is well, which health tells', async () => {
    const { checks } = sending({ MAIL_FOLDER: folder, OUTSIDE_URLS: '{ "bank": "http://127.0.0.1:1" }' })
    expect(checks.map(({ name }) => name)).toEqual(['mail', 'bank'])
    for (const { check } of checks) await expect(check()).resolves.toBeUndefined()
  })
})

describe('the token of a command', () => {
  const start = Date.parse('2026-11-23T12:00:00Z')
  let at = 0
  const now = () => new Date(start + at * 1_000)
  const recorded = billing.recordDelivery({ invoiceId: 'i1', messageId: 'm1' })
  const tokenAt = async (seconds: number, { send }: Sending, of: Partial<Envelope> = {}) => {
    at = seconds
    await send({ ...envelope(recorded), ...of })
    return shown.at(-1)
  }

  it('is shown again for 20 s, and then there is another', async () => {
    const one = sending({}, now)
    const first = await tokenAt(0, one)
    expect(await tokenAt(19, one)).toBe(first)
    expect(await tokenAt(20, one)).not.toBe(first)
  })

  it('is shown for nobody else', async () => {
    const one = sending({}, now)
    const { onBehalfOf } = envelope(recorded)
    const others = [
      ...['person', 'account', 'session', 'address'].map((key) => ({
        onBehalfOf: { ...onBehalfOf, [key]: 'another' },
      })),
      { tenantId: randomUUID() },
    ]
    const tokens = [await tokenAt(0, one)]
    for (const other of others) tokens.push(await tokenAt(0, one, other))
    expect(new Set(tokens).size).toBe(tokens.length)
  })

  it('is not shown before it was signed, when the clock is put back', async () => {
    const one = sending({}, now)
    const wrong = await tokenAt(3_600, one)
    const right = await tokenAt(0, one)
    expect(right).not.toBe(wrong)
    expect(await tokenAt(1, one)).toBe(right)
  })
})
