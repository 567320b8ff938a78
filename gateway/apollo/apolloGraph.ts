import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway'
import { ApolloServer, HeaderMap } from '@apollo/server'
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import type { Answer, Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import { type RoutedSupergraph, routeSupergraph, SupergraphRefused } from '../supergraph.ts'
import { leaveScopesToSubgraphs } from './enforcedElsewhere.ts'
import { presentError } from './presentError.ts'
import { type CallContext, subgraphSource, type Transport } from './subgraphSource.ts'
import { createSubscriber } from './subscriber.ts'

/** How a graph is served: by whom it is reached, and how much of its inside it shows. */
export type ApolloGraphOptions = {
  subgraphUrls: Readonly<Record<string, string>>
  transport: Transport
  production: boolean
}

// biome-ignore lint/style/noProcessEnv: the library reads this when a gateway is made, and offers no other switch.
process.env.APOLLO_TELEMETRY_DISABLED ??= 'true'

/** Loads a supergraph to be planned and executed by @apollo/gateway. Throws SupergraphRefused with the reasons. */
export async function createApolloGraph(sdl: string, options: ApolloGraphOptions): Promise<Graph> {
  const routed = routeSupergraph(sdl, options.subgraphUrls)
  const supergraph = { ...routed, sdl: leaveScopesToSubgraphs(routed.sdl) }
  const sources = new Map(
    supergraph.subgraphs.map((subgraph) => [subgraph.name, subgraphSource(subgraph, options.transport)]),
  )
  const server = createServer(supergraph, sources, options)
  const subscribe = await server.start().then(
    () => createSubscriber(supergraph, sources, options),
    (error: Error) => {
      throw new SupergraphRefused([error.message])
    },
  )

  return {
    execute: (request, context) => execute(server, request, context),
    subscribe,
    stop: () => server.stop(),
  }
}

function createServer(
  supergraph: RoutedSupergraph,
  sources: ReadonlyMap<string, GraphQLDataSource>,
  { production, transport: { log } }: ApolloGraphOptions,
): ApolloServer<CallContext> {
  const logger = quietly(log)
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph.sdl,
    buildService: ({ name }) => {
      const source = sources.get(name)
      if (!source) throw new Error(`no source for ${name}`)
      return source
    },
    logger,
    __exposeQueryPlanExperimental: false,
  })
  return new ApolloServer<CallContext>({
    gateway,
    logger,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    includeStacktraceInErrorResponses: false,
    formatError: (error) => presentError(error, production),
    // The doors decide what comes in: they demand a token in a header, which no foreign page can make a browser send.
    csrfPrevention: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: production ? 'production' : 'development',
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  })
}

async function execute(
  server: ApolloServer<CallContext>,
  { query, operationName, variables }: GraphQLRequest,
  request: RequestContext,
): Promise<Answer> {
  const context: CallContext = { request, mutations: [] }
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: 'POST',
      headers: new HeaderMap([
        ['content-type', 'application/json'],
        ['accept', request.accept],
      ]),
      search: '',
      body: { query, ...(operationName && { operationName }), ...(variables && { variables }) },
    },
    context: async () => context,
  })
  if (answer.body.kind !== 'complete') throw new Error('incremental answers are not part of this graph')
  return {
    status: answer.status ?? 200,
    contentType: answer.headers.get('content-type') ?? 'application/json; charset=utf-8',
    body: answer.body.string,
    replayed: context.mutations.length > 0 && context.mutations.every(({ replayed }) => replayed),
  }
}

/** The library's own words, written as ours. It tells of each start what we tell better. */
function quietly(log: Transport['log']) {
  const nothing = () => {}
  const say = (write: (message: string) => void) => (message?: unknown) => write(String(message))
  return { debug: nothing, info: nothing, warn: say(log.warn), error: say(log.error) }
}
