import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { SubgraphFailure } from '../engine/run.ts'
import { createTransport } from '../engine/transport.ts'
import { subgraphPolicies } from './subgraphPolicies.ts'

// A subgraph that drops connections, answers for its proxy, or hangs, as `behave` says; really called.
const transport = createTransport()
let server: Server
let calls = 0
let behave: 'well' | 'drop' | 'hang' | number = 'well'

beforeAll(async () => {
  server = createServer((request, response) => {
    calls += 1
    if (behave === 'drop') return request.socket.destroy()
    if (behave === 'hang') return undefined
    return response.writeHead(behave === 'well' ? 200 : behave).end('{"data":{}}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  await transport.stop()
  server.closeAllConnections()
  server.close()
})
afterEach(() => {
  calls = 0
  behave = 'well'
})

function sending(
  policies: ReturnType<typeof subgraphPolicies>,
  kind: 'query' | 'mutation' = 'query',
  signal?: AbortSignal,
) {
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/graphql`
  const send = () => transport.send({ service: 'hr', url, body: '{}', headers: {}, timeoutMs: 500, signal })
  return policies.run({ service: 'hr', kind, send, ...(signal && { signal }) }).then(
    ({ status }) => String(status),
    (error: unknown) => (error instanceof SubgraphFailure ? error.reason : String(error)),
  )
}

const quick = { firstRetryAfterMs: 1 }

describe('a query that finds no connection', () => {
  it('is sent again and answered when the subgraph is back', async () => {
    behave = 'drop'
    const policies = subgraphPolicies({
      firstRetryAfterMs: 1,
      retried() {
        behave = 'well'
      },
    })
    expect(await sending(policies)).toBe('200')
    expect(calls).toBe(2)
  })

  it('fails after two retries, and is sent no more once nobody waits for it', async () => {
    behave = 'drop'
    expect(await sending(subgraphPolicies({ ...quick, failures: 100 }))).toBe('SUBGRAPH_UNREACHABLE')
    expect(calls).toBe(3)
    calls = 0
    const gone = new AbortController()
    const policies = subgraphPolicies({ ...quick, retried: () => gone.abort() })
    expect(['SUBGRAPH_UNREACHABLE', 'REQUEST_ABORTED']).toContain(await sending(policies, 'query', gone.signal))
    expect(calls).toBe(1)
  })

  it('is not sent again beyond the budget of its subgraph, which would be trampled on while it gets up', async () => {
    behave = 'drop'
    const policies = subgraphPolicies({ ...quick, failures: 10_000 })
    for (let request = 0; request < 100; request++) await sending(policies)
    expect(calls).toBeLessThanOrEqual(100 + 10 + 10)
  })
})

describe('what may have been done', () => {
  it('is never sent twice: no mutation, and nothing that timed out', async () => {
    behave = 'drop'
    expect(await sending(subgraphPolicies(quick), 'mutation')).toBe('SUBGRAPH_UNREACHABLE')
    expect(calls).toBe(1)
    behave = 'hang'
    expect(await sending(subgraphPolicies(quick))).toBe('SUBGRAPH_TIMEOUT')
    expect(calls).toBe(2)
  })
})

describe('a subgraph that keeps failing', () => {
  it.each([
    ['by hanging', 'hang' as const],
    ['by its proxy saying so', 503],
  ])('%s is left alone, told so in /health, and tried again later', async (_how, how) => {
    const changes: string[] = []
    const policies = subgraphPolicies({ openMs: 30, changed: (service, state) => changes.push(`${service} ${state}`) })
    const [check] = policies.checks(['hr'])
    await check?.check()
    behave = how
    for (let request = 0; request < 5; request++) await sending(policies)
    expect(calls).toBe(5)
    expect(await sending(policies)).toBe('SUBGRAPH_CIRCUIT_OPEN')
    expect(await sending(policies, 'mutation')).toBe('SUBGRAPH_CIRCUIT_OPEN')
    expect(calls).toBe(5)
    await expect(check?.check()).rejects.toThrow('the circuit is open')
    expect([...policies.states()]).toEqual([['hr', 'open']])

    behave = 'well'
    await expect.poll(() => sending(policies)).toBe('200')
    await sending(policies)
    await check?.check()
    expect(changes).toEqual(['hr open', 'hr half-open', 'hr closed'])
  })

  it('is not blamed for clients that went away', async () => {
    behave = 'hang'
    const policies = subgraphPolicies()
    for (let request = 0; request < 10; request++) {
      const gone = new AbortController()
      const answer = sending(policies, 'query', gone.signal)
      gone.abort()
      expect(await answer).toBe('REQUEST_ABORTED')
    }
    expect(policies.states().get('hr')).toBe('closed')
  })
})
