import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApprovalDecided } from '@steinmetz/approvals/events'
import { EmployeeDrafted } from '@steinmetz/hr/events'
import { embeddedBus } from '@steinmetz/kernel/bus'
import { testDatabase } from '@steinmetz/stack/testing'
import type pg from 'pg'
import { poolOf } from './poolOf.ts'

/** A command that reached a subgraph: once for each time it was sent. */
export type Received = {
  readonly mutation: string
  readonly key: string
  readonly about: string
  readonly token: Record<string, unknown>
}

export type Platform = {
  /** What the worker is started with. */
  readonly env: Record<string, string>
  readonly sagas: pg.Pool
  readonly received: readonly Received[]
  /** What was done, in order: each key once, and nothing that was undone before it arrived. */
  readonly effects: readonly Received[]
  /** Mutations whose subgraph does not answer: not at all, or only after it was done. */
  readonly unreachable: Set<string>
  readonly mute: Set<string>
  /** When approvals want to be asked again: an answer to a request, or to a follow-up, takes the first. */
  readonly followUps: string[]
  publish(event: { type: string; aggregateId: string; payload: object }): Promise<void>
  /** Drafts an employee; gives the id. */
  draft(): Promise<string>
  drafted(employeeId: string): { type: string; aggregateId: string; payload: object }
  decide(employeeId: string, verdict: 'APPROVED' | 'REJECTED'): Promise<void>
  state(employeeId: string): Promise<string | undefined>
  stop(): Promise<void>
}

export const tenantId = '11111111-1111-4111-8111-111111111111'
const causedBy = { person: 'clerk', account: 'a1', session: 's1', address: '127.0.0.1', requestId: 'request-1' }

/** What surrounds the worker: its databases, the bus, and every subgraph in one, in this process. */
export async function startPlatform(): Promise<Platform> {
  const databases = await Promise.all(['processes', 'bus', 'queue'].map((name) => testDatabase(name)))
  const [processes, log, queue] = databases
  if (!processes || !log || !queue) throw new Error('no databases')
  const subgraphs = await startSubgraphs()
  const key = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const bus = embeddedBus(log.serviceUrl)
  const sagas = poolOf(processes.engineUrl)

  const publish: Platform['publish'] = (event) =>
    bus.publish([
      { ...event, id: randomUUID(), tenantId, causedBy, occurredAt: new Date().toISOString(), traceparent: null },
    ])
  const drafted: Platform['drafted'] = (employeeId) => {
    const contract = { startsOn: '2027-01-01', contractHash: 'c', draftedBy: 'clerk', lastEditedBy: 'clerk' }
    return EmployeeDrafted({ employeeId, ...contract })
  }
  return {
    ...subgraphs,
    sagas,
    publish,
    drafted,
    env: {
      PORT: '0',
      LOG_LEVEL: 'silent',
      ENGINE_DATABASE_URL: processes.engineUrl,
      BUS_DATABASE_URL: log.serviceUrl,
      QUEUE_DATABASE_URL: queue.serviceUrl,
      INTERNAL_SIGNING_KEY: JSON.stringify({ ...key, kid: 'saga-worker-1' }),
      SUBGRAPH_URLS: JSON.stringify({ hr: subgraphs.url, payroll: subgraphs.url, approvals: subgraphs.url }),
    },
    async draft() {
      const employeeId = randomUUID()
      await publish(drafted(employeeId))
      return employeeId
    },
    async decide(employeeId, verdict) {
      const subject = { policy: 'employment-contract', subjectType: 'Employee', subjectId: employeeId }
      await publish(ApprovalDecided({ requestId: employeeId, ...subject, verdict, attestation: 'signed' }))
    },
    async state(employeeId) {
      const { rows } = await sagas.query('select state from saga.instance where correlation = $1', [employeeId])
      return rows[0]?.state
    },
    async stop() {
      await bus.close()
      await sagas.end()
      subgraphs.close()
      await Promise.all(databases.map((database) => database.drop()))
    },
  }
}

/** Every subgraph in one: it does what it is told once for each key, and leaves tombstones. */
async function startSubgraphs() {
  const received: Received[] = []
  const effects: Received[] = []
  const answers = new Map<string, object>()
  const unreachable = new Set<string>()
  const mute = new Set<string>()
  const followUps: string[] = []
  const refusal = { __typename: 'Refusal', code: 'COMPENSATED', message: 'undone before it arrived' }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
    const mutation = /^mutation (\w+)/.exec(query)?.[1] ?? ''
    if (unreachable.has(mutation)) return void request.socket.destroy()
    const token = JSON.parse(
      Buffer.from(`${request.headers.authorization}`.split('.')[1] ?? '', 'base64url').toString(),
    )
    const { idempotencyKey: key, forwardKey, input } = variables
    const about = input.employeeId ?? input.subjectId ?? input.requestId
    received.push({ mutation, key, about, token })
    if (!answers.has(key)) {
      if (forwardKey && !answers.has(forwardKey)) answers.set(forwardKey, refusal)
      effects.push({ mutation, key, about, token })
      const asked = mutation === 'requestApproval' && { requestId: about }
      const followUpAt = (asked || mutation === 'followUpRequest') && { followUpAt: followUps.shift() ?? null }
      answers.set(key, { __typename: 'Payload', ...asked, ...followUpAt })
    }
    if (mute.has(mutation)) return void request.socket.destroy()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ data: { [mutation]: answers.get(key) } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, close, received, effects, unreachable, mute, followUps }
}
