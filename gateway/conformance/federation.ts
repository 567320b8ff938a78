import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { composeServices } from '@apollo/composition'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type GraphQLSchema, graphql, parse } from 'graphql'
import { createEngine, type Engine, openPlannerHere } from '../engine/index.ts'
import type { Transport } from '../engine/transport.ts'

/** The parent's and the arguments' shapes differ by field; a fixture knows its own. */
type Resolve = (parent: never, args: never) => unknown
type Resolvers = Readonly<Record<string, Readonly<Record<string, Resolve>>>>

/** A subgraph of a fixture: its schema in Federation 2 SDL, its `@link` left out where it is the usual one, and its resolvers. */
type Subgraph = { typeDefs: string; resolvers: Resolvers }

export type Call = { service: string; query: string; variables: Record<string, unknown> }

/** A federation in memory: subgraphs composed, and executed without a network. */
export type Federation = {
  supergraphSdl: string
  services: ReadonlyMap<string, GraphQLSchema>
  /** What the subgraphs were asked, oldest first. */
  calls: Call[]
  transport: Transport
  engine: Engine<undefined>
  ask(query: string, variables?: Record<string, unknown>): Promise<unknown>
}

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject",
  "@tag", "@extends", "@context", "@fromContext", "@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize"
])`

/** Composes the subgraphs whose schemas stand in `folder`, `<name>.graphql` each, with the resolvers given by their names. */
export function federateFolder(folder: string, resolvers: Readonly<Record<string, Resolvers>>): Federation {
  const subgraphs = Object.entries(resolvers).map(([name, resolvers]) => {
    const typeDefs = readFileSync(join(folder, `${name}.graphql`), 'utf8')
    return [name, { typeDefs, resolvers }] as const
  })
  return federate(Object.fromEntries(subgraphs))
}

export function federate(subgraphs: Readonly<Record<string, Subgraph>>): Federation {
  const definitions = Object.entries(subgraphs).map(([name, { typeDefs, resolvers }]) => ({
    name,
    url: `http://${name}.test/graphql`,
    resolvers,
    typeDefs: parse(typeDefs.includes('@link(') ? typeDefs : `${link}\n${typeDefs}`),
  }))
  const composed = composeServices(definitions)
  if (!composed.supergraphSdl) throw new Error(composed.errors?.map(({ message }) => message).join('\n'))
  const services = new Map(definitions.map(({ name, ...module }) => [name, buildSubgraphSchema([module] as never)]))

  const calls: Call[] = []
  const transport = inMemory(services, calls)
  const engine = createEngine<undefined>({ planner: openPlannerHere(composed.supergraphSdl), transport })
  return {
    supergraphSdl: composed.supergraphSdl,
    services,
    calls,
    transport,
    engine,
    async ask(query, variables) {
      const { body } = await engine.execute({ query, variables, context: undefined })
      return JSON.parse(body)
    },
  }
}

function inMemory(services: ReadonlyMap<string, GraphQLSchema>, calls: Call[]): Transport {
  return {
    async send({ service, body }) {
      const schema = services.get(service)
      if (!schema) throw new Error(`no subgraph is called ${service}`)
      const { query, variables, operationName } = JSON.parse(body)
      calls.push({ service, query, variables })
      const result = await graphql({ schema, source: query, variableValues: variables, operationName })
      return { status: 200, headers: {}, text: JSON.stringify(result) }
    },
    stop: async () => undefined,
  }
}
