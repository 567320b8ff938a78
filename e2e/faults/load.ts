import { randomUUID } from 'node:crypto'
import { setTimeout as pass } from 'node:timers/promises'
import { internalTokenSigner } from '@steinmetz/kernel/auth'
import type { PrivateJwk } from '@steinmetz/kernel/config'
import { request } from 'undici'
import { between, type Chance } from './chance.ts'
import type { Cluster } from './cluster.ts'

/** A steady stream of transfers: people who ask for them, people who decide, operators who cancel. */
export type Load = {
  /** How many transfers were asked for, answered or not. */
  asked(): number
  /** Asks for no more. What was asked for is still decided. */
  end(): Promise<void>
  stop(): Promise<void>
}

export type LoadOptions = {
  readonly cluster: Cluster
  /** Where each branch answers. */
  readonly urls: Readonly<Record<string, string>>
  readonly key: PrivateJwk
  readonly chance: Chance
  /** So many processes that have not ended at most. */
  readonly openAtMost: number
}

/** A transfer begins so many processes. */
const sagasEach = 2
const tenants = Array.from({ length: 3 }, () => randomUUID())
const onBehalfOf = { person: 'somebody', account: 'an-account', session: 'a-session', address: '127.0.0.1' }
const scopes = ['faults:ask']
const refusable = ['reserve', 'charge', 'insure', 'look', 'book', 'seal'] as const
const pauseMs = { asking: [100, 300], deciding: 250, cancelling: 1_500, failing: 200 } as const

const result = '{ __typename ... on Refusal { code } }'
const asking = `mutation ($key: ID!, $input: AskInput!) { ask(idempotencyKey: $key, input: $input) ${result} }`
const deciding = `mutation ($key: ID!, $input: DecideInput!) { decide(idempotencyKey: $key, input: $input) ${result} }`
const questions = '{ openQuestions { id } }'

export function startLoad({ cluster, urls, key, chance, openAtMost }: LoadOptions): Load {
  const signer = internalTokenSigner({ key, service: 'gateway' })
  let asked = 0
  let asksOn = true
  let goesOn = true

  /** Asks a branch until it answers, as a careful client does: with the same key. */
  async function answered(tenantId: string, url: string, query: string, variables: object = {}) {
    for (;;) {
      const authorization = `Bearer ${signer.sign({ tenantId, scopes, onBehalfOf })}`
      const headers = { 'content-type': 'application/json', authorization }
      const answer = await request(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) })
        .then(({ body }) => body.json() as Promise<{ data?: Record<string, unknown>; errors?: unknown[] }>)
        .catch(() => ({ errors: ['nobody answers'], data: undefined }))
      if (answer.data && !answer.errors) return answer.data
      await pass(pauseMs.failing)
    }
  }

  async function ask(): Promise<void> {
    const subject = randomUUID()
    const tenantId = tenants[between(chance, 0, tenants.length - 1)] ?? ''
    const refuse = chance() < 0.25 ? refusable[between(chance, 0, refusable.length - 1)] : null
    const verdict = chance() < 0.5 ? null : chance() < 0.7 ? 'APPROVED' : chance() < 0.7 ? 'REJECTED' : 'EXPIRED'
    asked++
    await answered(tenantId, urls.north ?? '', asking, { key: subject, input: { subject, refuse, verdict } })
  }

  async function askOn(): Promise<void> {
    const under = new Set<Promise<void>>()
    while (asksOn) {
      // What has not begun counts too: while events are held up there is no more to ask for.
      const [ended] = await cluster.query<{ n: number }>(
        'processes',
        'select count(*)::int as n from saga.instance where finished_at is not null',
      )
      if (asked * sagasEach - (ended?.n ?? 0) < openAtMost) {
        const one = ask().finally(() => under.delete(one))
        under.add(one)
      }
      await pass(between(chance, ...pauseMs.asking))
    }
    await Promise.all(under)
  }

  async function decideOn(): Promise<void> {
    while (goesOn) {
      for (const tenantId of tenants)
        for (const url of Object.values(urls)) {
          const { openQuestions } = await answered(tenantId, url, questions)
          for (const { id } of openQuestions as { id: string }[])
            if (chance() < 0.7)
              await answered(tenantId, url, deciding, { key: `${id}:decided`, input: { requestId: id } })
        }
      await pass(pauseMs.deciding)
    }
  }

  async function cancelOn(): Promise<void> {
    while (asksOn) {
      await cluster.query('processes', cancelOne, [chance()])
      await pass(pauseMs.cancelling)
    }
  }

  const askers = [askOn(), cancelOn()]
  const decider = decideOn()
  return {
    asked: () => asked,
    async end() {
      asksOn = false
      await Promise.all(askers)
    },
    async stop() {
      goesOn = false
      await decider
    },
  }
}

/** An operator's order, as the processes domain gives it. */
const cancelOne = `
  insert into saga.signal (tenant_id, saga_id, kind, note, sent_by)
  select tenant_id, id, 'CANCEL', 'changed our minds', '{"person": "operator"}' from saga.instance
  where finished_at is null
  order by id offset floor($1::float8 * (select count(*) from saga.instance where finished_at is null)) limit 1`
