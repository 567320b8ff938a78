import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog, createTracing } from '@steinmetz/kernel/telemetry'
import { parse } from 'graphql'
import { expect, it } from 'vitest'
import { createEngineGraph } from './engine/engineGraph.ts'

it('the supergraph that is checked in can be loaded and planned on', async () => {
  const sdl = await readFile(join(import.meta.dirname, 'supergraph.graphql'), 'utf8')
  const transport = {
    timeoutMs: 1_000,
    log: createLog({ service: 'gateway', level: 'silent' }),
    tracing: createTracing('gateway'),
  }
  const graph = await createEngineGraph(sdl, { subgraphUrls: {}, transport, production: true })
  const query = '{ __typename }'
  const answer = await graph.execute(
    { query, document: parse(query), operationName: undefined, variables: undefined },
    {
      requestId: 'request-1',
      traceparent: '',
      accept: '*/*',
      signal: AbortSignal.timeout(5_000),
      authorization: () => '',
      caller: undefined,
      address: '127.0.0.1',
      headers: {},
    },
  )
  expect(JSON.parse(answer.body)).toEqual({ data: { __typename: 'Query' } })
  await graph.stop()
})
