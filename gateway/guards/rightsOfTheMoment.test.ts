import { createLog } from '@steinmetz/kernel/telemetry'
import { type FormattedExecutionResult, parse } from 'graphql'
import { expect, it } from 'vitest'
import { composeSubgraphs } from '../compose.ts'
import type { Graph, RequestContext } from '../graph.ts'
import { approvalsSdl, hrSdl } from '../testing/testbed.ts'
import type { Caller } from './authentication.ts'
import { Denied } from './denied.ts'
import { type GraphGuards, guardGraph } from './guardedGraph.ts'
import { memoryLimiter } from './memoryLimiter.ts'
import { createRateLimits, type Rate, type RateClass, rateClasses } from './rateLimits.ts'

const supergraph = composeSubgraphs([
  { name: 'approvals', sdl: approvalsSdl, url: 'http://approvals' },
  { name: 'hr', sdl: hrSdl, url: 'http://hr' },
])
const query = 'subscription { awaiting { cursor subject { pin } } }'
const caller: Caller = {
  person: 'p-1',
  account: 'a-1',
  session: 's-1',
  tenantId: '6f1e4b5e-9a53-4a1c-8d7e-2f6f0b9b8c11',
  scopes: new Set(),
  expiresAt: new Date('2027-01-01'),
  token: 'token',
  address: '127.0.0.1',
}

/** A subscription whose events are the test's, behind the guards. */
async function subscribed(change: Partial<GraphGuards>) {
  const event = { data: { awaiting: { cursor: 1, subject: { pin: 1_234 } } } }
  const events: AsyncIterableIterator<FormattedExecutionResult> = {
    [Symbol.asyncIterator]: () => events,
    next: async () => ({ done: false, value: event }),
    return: async () => ({ done: true, value: undefined }),
  }
  const inner = { subscribe: async () => events } as unknown as Graph
  const rate: Rate = { perSecond: 100, burst: 100, withoutRedis: 'local' }
  const rates = Object.fromEntries(rateClasses.map((name) => [name, rate])) as Record<RateClass, Rate>
  const log = createLog({ service: 'test', level: 'silent' })
  const graph = guardGraph(inner, supergraph, {
    rates: createRateLimits({ rates, local: memoryLimiter(), log }),
    cost: { mode: 'off', most: 100, listSize: 10, told: false, events: true },
    onForbidden: 'null',
    policiesOf: () => new Set(['payroll-office']),
    checkAgain: async () => {},
    returnHeaders: [],
    ...change,
  })
  const request = { query, document: parse(query), operationName: undefined, variables: undefined }
  const context = { caller, address: caller.address, headers: {} } as unknown as RequestContext
  const started = await graph.subscribe(request, context)
  if (!(Symbol.asyncIterator in started)) throw new Error('the subscription was refused')
  return { started, event }
}

const reasonOf = ({ value }: IteratorResult<FormattedExecutionResult>) => value?.errors?.[0]?.extensions?.reason

it('an event is told by the policies of its moment, not by those the subscription began with', async () => {
  const met = new Set(['payroll-office'])
  const { started, event } = await subscribed({ policiesOf: () => new Set(met) })
  expect((await started.next()).value).toEqual(event)
  met.clear()
  const last = await started.next()
  expect(reasonOf(last)).toBe('RIGHTS_CHANGED')
  expect(JSON.stringify(last)).not.toContain('1234')
  expect((await started.next()).done).toBe(true)
})

it('an event is not told to a token whose issuer has withdrawn its key', async () => {
  const token = { good: true }
  const { started, event } = await subscribed({
    async checkAgain(asked) {
      expect(asked).toBe(caller)
      if (!token.good) throw new Denied(401, 'UNAUTHENTICATED', 'TOKEN_INVALID', 'not one that this issuer signed')
    },
  })
  expect((await started.next()).value).toEqual(event)
  token.good = false
  expect(reasonOf(await started.next())).toBe('TOKEN_INVALID')
  expect((await started.next()).done).toBe(true)
})
