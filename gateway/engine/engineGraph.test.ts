import { createLog, createTracing } from '@steinmetz/kernel/telemetry'
import { type FormattedExecutionResult, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composeSubgraphs } from '../compose.ts'
import type { Graph } from '../graph.ts'
import { hrSdl, internalAuthorization, startHr, type TestSubgraph } from '../testing/testbed.ts'
import { createEngineGraph } from './engineGraph.ts'

let hr: TestSubgraph
const lines: string[] = []
const log = createLog({ service: 'gateway', to: { write: (line) => lines.push(line) } })

beforeAll(async () => {
  hr = await startHr()
})
afterAll(async () => {
  await hr.stop()
})

function graphAt(url: string, production: boolean, timeoutMs = 1_000): Promise<Graph> {
  const sdl = composeSubgraphs([{ name: 'hr', sdl: hrSdl, url }])
  return createEngineGraph(sdl, {
    subgraphUrls: {},
    transport: { timeoutMs, log, tracing: createTracing('test') },
    production,
  })
}

async function firstError(graph: Graph, query: string, authorization = internalAuthorization, ms = 5_000) {
  const request = { query, document: parse(query), operationName: undefined, variables: undefined }
  const signal = AbortSignal.timeout(ms)
  const asker = { caller: undefined, address: '127.0.0.1', headers: {} }
  const context = { requestId: 'request-1', traceparent: '', accept: '*/*', signal, authorization, ...asker }
  const answer = await graph.execute(request, context)
  const { errors = [] }: FormattedExecutionResult = JSON.parse(answer.body)
  await graph.stop()
  return errors[0]
}

describe('in production', () => {
  it('the schema is not told', async () => {
    const error = await firstError(await graphAt(hr.url, true), '{ __schema { queryType { name } } }')
    expect(error?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' })
    expect((await firstError(await graphAt(hr.url, true), '{ employe(id: 1) { id } }'))?.message).not.toContain(
      'Did you',
    )
  })

  it('the message of what nobody foresaw is masked', async () => {
    const error = await firstError(await graphAt(hr.url, true), '{ broken }')
    expect(error?.message).toBe('Something went wrong on our side')
    expect(error).toMatchObject({ path: ['broken'], extensions: { code: 'INTERNAL', service: 'hr' } })
  })
})

describe('a subgraph that cannot be had', () => {
  it('is UNAVAILABLE, and its address stays in the log', async () => {
    const error = await firstError(await graphAt('http://127.0.0.1:1/graphql', false), '{ broken }')
    expect(error?.extensions).toEqual({ code: 'UNAVAILABLE', reason: 'SUBGRAPH_UNREACHABLE', service: 'hr' })
    expect(JSON.stringify(error)).not.toContain('127.0.0.1')
    expect(lines.join()).toContain('http://127.0.0.1:1/graphql')
  })

  it('is UNAVAILABLE when it refuses our own token, which no client can mend', async () => {
    const error = await firstError(await graphAt(hr.url, false), '{ broken }', () => 'Bearer forged')
    expect(error?.extensions).toEqual({ code: 'UNAVAILABLE', reason: 'SUBGRAPH_REFUSES_GATEWAY', service: 'hr' })
  })

  it('is UNAVAILABLE when the time of the whole request is up', async () => {
    const error = await firstError(await graphAt(hr.url, false, 60_000), '{ slow }', internalAuthorization, 100)
    expect(error?.extensions).toMatchObject({ code: 'UNAVAILABLE', reason: 'SUBGRAPH_TIMEOUT' })
  })

  it('is UNAVAILABLE when it speaks something else than GraphQL', async () => {
    const error = await firstError(await graphAt(hr.url.replace('/graphql', '/html'), false), '{ broken }')
    expect(error?.extensions).toMatchObject({ code: 'UNAVAILABLE', reason: 'SUBGRAPH_UNREADABLE' })
  })
})
