import { createLog } from '@steinmetz/kernel/telemetry'
import { expect, it } from 'vitest'
import type { Answer, Graph, GraphQLRequest, RequestContext } from './graph.ts'
import { createLiveGraph } from './liveGraph.ts'

const log = createLog({ service: 'gateway', to: { write: () => undefined } })

it('a graph that is replaced is stopped when the last request it began is answered, and no later swap waits', async () => {
  const answers: PromiseWithResolvers<Answer>[] = []
  const stopped: string[] = []
  const graphOf = async (sdl: string): Promise<Graph> => ({
    execute() {
      const answer = Promise.withResolvers<Answer>()
      answers.push(answer)
      return answer.promise
    },
    subscribe: () => Promise.reject(new Error('nobody subscribes here')),
    subgraphs: () => [],
    holds: () => ({
      plans: { entries: 0, bytes: 0, hits: 0, misses: 0, evictions: 0 },
      subscriptions: { clients: 0, subgraphs: 0 },
    }),
    async stop() {
      stopped.push(sdl)
    },
  })
  const live = await createLiveGraph(graphOf, 'one', log)
  const answered = live.execute({} as GraphQLRequest, {} as RequestContext)
  await live.swap('two')
  await live.swap('three')
  expect(stopped).toEqual(['two'])
  answers[0]?.resolve({} as Answer)
  await answered
  await live.stop()
  expect(stopped).toEqual(['two', 'one', 'three'])
})
