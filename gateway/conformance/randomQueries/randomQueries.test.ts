import { ApolloGateway, type GraphQLDataSource, LocalGraphQLDataSource } from '@apollo/gateway'
import fc from 'fast-check'
import { parse, validate } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Federation } from '../federation.ts'
import { federateLibrary } from './library.ts'
import { decisions, randomQuery } from './randomQuery.ts'

type Executor = Awaited<ReturnType<ApolloGateway['load']>>['executor']
type Answer = { data?: unknown; errors?: readonly { message: string }[] }

let federation: Federation
let gateway: ApolloGateway
let theirs: Executor

beforeAll(async () => {
  federation = federateLibrary()
  gateway = new ApolloGateway({
    supergraphSdl: federation.supergraphSdl,
    buildService: ({ name }): GraphQLDataSource => {
      const schema = federation.services.get(name ?? '')
      if (!schema) throw new Error(`no subgraph is called ${name}`)
      const local = new LocalGraphQLDataSource(schema)
      return { process: async (options) => readable(await local.process(options)) }
    },
  })
  theirs = (await gateway.load()).executor
})

afterAll(() => gateway.stop())

test('random queries get the answers of the plain @apollo/gateway executor', { timeout: 120_000 }, async () => {
  const schema = gateway.schema
  if (!schema) throw new Error('the gateway has no schema')
  const tape = fc.array(fc.nat(10_000), { minLength: 40, maxLength: 120 })
  const variables = { yes: true, no: false, gone: true }
  await fc.assert(
    fc.asyncProperty(tape, async (numbers) => {
      const query = randomQuery(schema, decisions(numbers))
      fc.pre(validate(schema, parse(query)).length === 0)
      const [ours, reference] = [await federation.ask(query, variables), await askTheirs(query, variables)]
      expect((ours as Answer).data, query).toEqual(reference.data)
      const [heard, all] = [told(ours as Answer), told(reference)]
      // They also tell of what was asked of another type alone, where objects of both stand at one place.
      expect(query.includes('... on') ? all.filter((one) => heard.includes(one)) : all, query).toEqual(heard)
    }),
    { numRuns: 100 },
  )
})

/**
 * An answer as their executor copes with it: plain JSON, as over a wire, and without the interface's name where a
 * subgraph knows an interface as an object. They let it replace the concrete type, and lose what depends on it.
 */
function readable<T extends { data?: Record<string, unknown> | null }>(answer: T): T {
  const plain: T = JSON.parse(JSON.stringify(answer))
  const entities: unknown = plain.data?._entities
  for (const entity of Array.isArray(entities) ? entities : [])
    if (entity?.__typename === 'Work') delete entity.__typename
  return plain
}

async function askTheirs(query: string, variables: Record<string, unknown>): Promise<Answer> {
  const context = { request: { query, variables, operationName: 'Random' }, document: parse(query), queryHash: query }
  // The executor reads no more of a request than this.
  const answer = await theirs({ ...context, schema: gateway.schema, context: {}, metrics: {} } as never)
  return JSON.parse(JSON.stringify(answer))
}

/**
 * What subgraphs complained of. Not where: their executor counts the representations it sent, and names the wrong
 * place where some objects needed none. A missing value only we report, as the specification asks.
 */
function told({ errors = [] }: Answer): string[] {
  const messages = errors.map(({ message }) => message)
  return [...new Set(messages.filter((message) => message.startsWith('out of reach')))].toSorted()
}
