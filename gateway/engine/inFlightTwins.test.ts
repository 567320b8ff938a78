import { expect, test } from 'vitest'
import { federate } from '../conformance/federation.ts'
import { createEngine, openPlannerHere } from './engine.ts'
import type { SubgraphCall } from './transport.ts'

const { supergraphSdl } = federate({
  clock: {
    typeDefs: 'type Query { time: Int } type Mutation { wind: Int }',
    resolvers: { Query: { time: () => 1 }, Mutation: { wind: () => 1 } },
  },
})

/** Sends all that is asked before any of it is answered; gives the calls that came. */
async function callsOf(joinTwins: boolean, asks: readonly { query: string; who: string; signal?: AbortSignal }[]) {
  const calls: SubgraphCall[] = []
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const engine = createEngine<{ who: string; number: number }>({
    planner: openPlannerHere(supergraphSdl),
    joinTwins,
    headers: (_service, { who, number }) => ({ authorization: who, 'x-request-id': `request-${number}` }),
    transport: {
      async send(call) {
        calls.push(call)
        await answered
        const name = call.body.includes('mutation') ? 'wind' : 'time'
        return { status: 200, headers: {}, text: JSON.stringify({ data: { [name]: 7 } }) }
      },
      stop: async () => {},
    },
  })
  await engine.warm(asks)
  const replies = asks.map(({ query, who, signal }, number) =>
    engine.execute({ query, context: { who, number }, signal }),
  )
  await Promise.resolve()
  answer()
  for (const { body } of await Promise.all(replies)) expect(Object.values(JSON.parse(body).data)).toEqual([7])
  return calls
}

const query = '{ time }'

test('equal queries of one caller are one call where that is wanted, and never by themselves', async () => {
  const asks = ['ada', 'ada', 'bob'].map((who) => ({ query, who }))
  expect(await callsOf(true, asks)).toHaveLength(2)
  expect(await callsOf(false, asks)).toHaveLength(3)
})

test('mutations are never joined', async () => {
  const asks = ['ada', 'ada'].map((who) => ({ query: 'mutation { wind }', who }))
  expect(await callsOf(true, asks)).toHaveLength(2)
})

test('a call that others have joined does not end with whoever sent it', async () => {
  const [call] = await callsOf(true, [{ query, who: 'ada', signal: new AbortController().signal }])
  expect(call?.signal).toBeUndefined()
})
