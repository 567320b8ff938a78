import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasRedis, startRedis } from '../testing/redis.ts'
import { ask, socketClient, startTestbed, type Testbed } from '../testing/testbed.ts'

// A gateway of its own takes seconds to start on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const tenant = '6f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11'
const employee = '{ employee(id: "7") { id } }'

/** One gateway for the tests of a block. */
function bedFor(env: Record<string, string>): { readonly bed: Testbed } {
  const held: { bed?: Testbed } = {}
  beforeAll(async () => {
    held.bed = await startTestbed(() => env)
  })
  afterAll(() => held.bed?.stop())
  afterEach(() => {
    if (held.bed) held.bed.hr.seen.length = 0
  })
  return {
    get bed() {
      if (!held.bed) throw new Error('the testbed does not stand')
      return held.bed
    },
  }
}

const as = async (bed: Testbed, claims: Record<string, unknown>) => ({
  authorization: `Bearer ${await bed.issuer.token(claims)}`,
})

async function metric(bed: Testbed, name: string): Promise<string> {
  const text = await (await fetch(`${bed.gateway.url}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .join('\n')
}

describe('a field that its reader may not see', () => {
  const held = bedFor({ POLICIES: JSON.stringify({ 'payroll-office': { scopes: ['hr:pay'], tenants: [tenant] } }) })

  it('is not asked of its subgraph, which has no guard of its own here; the rest is answered', async () => {
    const { bed } = held
    const { body, status } = await ask(bed, '{ employee(id: "7") { name wage: pay } }')
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        data: { employee: { name: 'Employee 7', wage: null } },
        errors: [
          {
            message: 'Employee.pay needs the scope hr:pay',
            path: ['employee', 'wage'],
            extensions: { code: 'FORBIDDEN', reason: 'FIELD_FORBIDDEN' },
          },
        ],
      },
    })
    expect(bed.hr.seen[0]?.query).not.toContain('pay')
  })

  it('is given to who has the scope, and to who meets the policy', async () => {
    const { bed } = held
    const paid = await as(bed, { scope: 'hr:pay' })
    expect((await ask(bed, '{ employee(id: "7") { pay pin } }', paid)).body).toEqual({
      data: { employee: { pay: 4200, pin: 1234 } },
    })
    const stranger = await as(bed, { scope: 'hr:pay', tenant: '0f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11' })
    expect((await ask(bed, '{ employee(id: "7") { pay pin } }', stranger)).body.data).toEqual({ employee: null })
  })

  it('is not in the events of a subscription either', async () => {
    const { bed } = held
    const client = socketClient(bed)
    const events = client.iterate({ query: 'subscription { awaiting { cursor subject { id pay } } }' })
    const first = events.next()
    await vi.waitFor(() => expect(bed.approvals.live.listenerCount('awaiting')).toBe(1))
    bed.approvals.live.emit('awaiting', { cursor: 1, subject: { id: '7' } })
    expect((await first).value).toMatchObject({
      data: { awaiting: { cursor: 1, subject: { id: '7', pay: null } } },
      errors: [{ path: ['awaiting', 'subject', 'pay'] }],
    })
    expect(JSON.stringify(bed.hr.seen)).not.toContain('pay')
    await client.dispose()
  })
})

describe('where forbidden requests are refused', () => {
  const held = bedFor({ ON_FORBIDDEN: 'refuse' })

  it('nothing is executed for one forbidden field', async () => {
    const { status, reason } = await ask(held.bed, '{ employee(id: "7") { name pay } }')
    expect([status, reason]).toEqual([403, 'OPERATION_FORBIDDEN'])
    expect(held.bed.hr.seen).toEqual([])
  })
})

describe('a client that asks too often', () => {
  const slow = (burst: number) => ({ perSecond: 0.01, burst })
  const held = bedFor({
    RATE_LIMITS: JSON.stringify({ query: slow(5), mutation: slow(2), tenant: slow(8), anonymous: slow(3) }),
    MAX_BATCH: '10',
    COST_MODE: 'off',
  })
  const own = (client: string, own = client) => as(held.bed, { sub: client, tenant: tenant.replace('6f1e4b5e', own) })

  it('is denied with the time to wait, whatever it calls itself; another client is not', async () => {
    const { bed } = held
    const one = await own('00000001')
    const asked = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => ask(bed, employee, { ...one, 'apollographql-client-name': `web-${n}` })),
    )
    expect(asked.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 429])
    const denied = asked.find(({ status }) => status === 429)
    expect(denied?.reason).toBe('RATE_LIMIT_EXCEEDED')
    expect(denied?.headers.get('retry-after')).toMatch(/^(9\d|100)$/)
    expect(denied?.headers.get('ratelimit-policy')).toBe('"query";q=5;w=500, "tenant";q=8;w=800')
    expect(denied?.headers.get('ratelimit')).toMatch(/^"query";r=0;t=\d{3}, "tenant";r=3;t=\d{3}$/)
    expect(bed.hr.seen).toHaveLength(5)
    const neighbour = await ask(bed, employee, await own('00000002', '00000001'))
    expect(neighbour.status).toBe(200)
    expect(neighbour.headers.get('ratelimit')).toMatch(/^"query";r=4;t=\d+, "tenant";r=2;t=\d+$/)
    expect(await metric(bed, 'gateway_rate_denied_total')).toContain('class="query"')
  })

  it('cannot have its tenant’s quota as often as it has accounts', async () => {
    const { bed } = held
    const statuses: number[] = []
    for (let account = 0; account < 10; account++)
      statuses.push((await ask(bed, employee, await own(`account-${account}`, '00000003'))).status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(8)
  })

  it('cannot have more by sending a batch, by sending rubbish, or by a WebSocket', async () => {
    const { bed } = held
    const batch = Array.from({ length: 7 }, () => ({ query: employee }))
    const response = await fetch(`${bed.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await own('00000004')) },
      body: JSON.stringify(batch),
    })
    const answers = (await response.json()) as { data?: unknown }[]
    expect(answers.filter(({ data }) => data)).toHaveLength(5)

    const rubbish = await own('00000005')
    for (let count = 0; count < 5; count++) expect((await ask(bed, '{ unreadable', rubbish)).status).toBe(400)
    expect((await ask(bed, '{ unreadable', rubbish)).status).toBe(429)
    expect((await ask(bed, employee, rubbish)).status).toBe(429)

    const over = socketClient(bed, (await own('00000006')).authorization.slice(7))
    const results: unknown[] = []
    for (let count = 0; count < 6; count++) {
      for await (const { errors } of over.iterate({ query: employee })) results.push(errors?.[0]?.extensions?.reason)
    }
    expect(results).toEqual([undefined, undefined, undefined, undefined, undefined, 'RATE_LIMIT_EXCEEDED'])
    await over.dispose()
  })

  it('is counted by kind: who has queried may still change something, and not too often', async () => {
    const { bed } = held
    const one = await own('00000007')
    for (let count = 0; count < 5; count++) await ask(bed, employee, one)
    const hire = (key: string) => ask(bed, `mutation { hire(idempotencyKey: "${key}") { id } }`, one)
    expect([(await hire('a')).status, (await hire('b')).status, (await hire('c')).status]).toEqual([200, 200, 429])
  })

  it('does not guess tokens: an address that brings bad ones is denied for that', async () => {
    const { bed } = held
    const guess = () => ask(bed, employee, { authorization: 'Bearer guess' })
    expect([(await guess()).status, (await guess()).status, (await guess()).status]).toEqual([401, 401, 401])
    expect((await guess()).status).toBe(429)
    expect((await ask(bed, employee, await own('00000008'))).status).toBe(200)
  })
})

describe('an operation that costs too much', () => {
  const held = bedFor({
    COST_TOLD: 'true',
    MAX_COST: '60',
    RATE_LIMITS: JSON.stringify({ cost: { perSecond: 0.01, burst: 100 } }),
  })

  it('is denied before any subgraph hears of it', async () => {
    const { bed } = held
    const { status, reason } = await ask(bed, 'query ($n: Int) { team(first: $n) { id } }', {}, { n: 61 })
    expect([status, reason]).toBeDefined()
    expect([status, reason]).toEqual([400, 'COST_TOO_HIGH'])
    expect((await ask(bed, '{ a: team(first: 40) { id } b: team(first: 40) { id } }')).reason).toBe('COST_TOO_HIGH')
    expect(bed.hr.seen).toEqual([])
  })

  it('tells what it may cost and has cost; the difference is given back', async () => {
    const { bed } = held
    const client = await as(bed, { sub: 'a-2' })
    const asking = () => ask(bed, '{ team(first: 50) { id } }', client)
    const first = await asking()
    expect(first.body.extensions).toEqual({ cost: { estimated: 50, actual: 3, most: 60 } })
    expect(first.headers.get('ratelimit')).toContain('"cost";r=50;')
    // Of 100 units two such operations reserve all, and spend six: without giving back the third were denied.
    for (let count = 0; count < 5; count++) expect((await asking()).status).toBe(200)
    expect((await asking()).headers.get('ratelimit')).toContain(`"cost";r=${100 - 6 * 3 - 50};`)
  })

  it('spends what it answers: a client has no more of it than its quota', async () => {
    const { bed } = held
    const client = await as(bed, { sub: 'a-3' })
    const statuses: number[] = []
    for (let count = 0; count < 40; count++)
      statuses.push((await ask(bed, '{ team(first: 3) { id } employee(id: "1") { id } }', client)).status)
    // Four units each, of a hundred.
    expect(statuses.filter((status) => status === 200)).toHaveLength(25)
    expect(await metric(bed, 'gateway_operation_cost_count')).toMatch(/kind="actual"/)
  })
})

describe('costs that are only measured', () => {
  const held = bedFor({ COST_MODE: 'measure', COST_TOLD: 'true', MAX_COST: '60' })

  it('deny nothing, and tell what would have been denied', async () => {
    const { body } = await ask(held.bed, '{ team(first: 5000) { id } }')
    expect(body.extensions).toEqual({ cost: { estimated: 5000, actual: 3, most: 60 } })
    expect(await metric(held.bed, 'gateway_operations_too_dear_total')).toMatch(/ 1$/)
  })
})

it.skipIf(!hasRedis)(
  'two gateways with one Redis are one to their clients; without it each class does as configured',
  async () => {
    const redis = await startRedis()
    const env = {
      REDIS_URL: redis.url,
      COST_MODE: 'off',
      RATE_LIMITS: JSON.stringify({
        query: { perSecond: 0.01, burst: 3, withoutRedis: 'open' },
        mutation: { withoutRedis: 'closed' },
      }),
    }
    const beds = await Promise.all([startTestbed(() => env), startTestbed(() => env)])
    const healthOf = async ({ gateway }: Testbed) => (await fetch(`${gateway.url}/health`)).json()
    for (const bed of beds) {
      await expect.poll(() => healthOf(bed)).toMatchObject({ checks: { 'redis:responseTime': [{ status: 'pass' }] } })
    }
    const statuses: number[] = []
    for (let turn = 0; turn < 3; turn++) for (const bed of beds) statuses.push((await ask(bed, employee)).status)
    expect(statuses).toEqual([200, 200, 200, 429, 429, 429])

    await redis.stop()
    const [bed] = beds
    expect((await ask(bed, employee)).status).toBe(200)
    const hire = await ask(bed, 'mutation { hire(idempotencyKey: "k") { id } }')
    expect([hire.status, hire.reason]).toEqual([503, 'RATE_LIMITER_UNAVAILABLE'])
    await expect.poll(() => healthOf(bed)).toMatchObject({ status: 'warn' })
    await Promise.all(beds.map((each) => each.stop()))
  },
)
