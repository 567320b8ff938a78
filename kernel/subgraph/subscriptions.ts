import type { Server } from 'node:http'
import type { ExecutionResult, GraphQLFormattedError, GraphQLSchema } from 'graphql'
import { CloseCode } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { Headers, Identity } from '../auth/index.ts'
import type { RequestContext } from './context.ts'

const messageAtMostBytes = 65_536

/**
 * The subgraph's door for subscriptions: graphql-transport-ws on `/graphql`. The internal token comes in
 * `connection_init` as `authorization`, beside `x-request-id` and `traceparent`.
 */
export function subscriptionServer<Client>(parts: {
  readonly server: Server
  readonly schema: GraphQLSchema
  readonly identify: (headers: Headers) => Identity
  readonly context: (identity: Identity, traceparent: string | null) => RequestContext<Client>
  readonly present: (formatted: GraphQLFormattedError, thrown: unknown) => GraphQLFormattedError
}): { close(): Promise<void> } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: messageAtMostBytes })
  const closing = useServer(
    {
      schema: parts.schema,
      onConnect: ({ connectionParams, extra }) => {
        const given = asHeaders(connectionParams)
        try {
          Object.assign(extra, { identity: parts.identify(given), traceparent: given.traceparent ?? null })
        } catch {
          extra.socket.close(CloseCode.Forbidden, 'Forbidden')
          return false
        }
        return true
      },
      context: ({ extra }) => {
        const { identity, traceparent } = extra as unknown as { identity: Identity; traceparent: string | null }
        return parts.context(identity, traceparent)
      },
      onOperation: (_context, _id, _payload, { contextValue }, result) =>
        isStream(result) ? endingWith(result, contextValue as RequestContext<Client>) : undefined,
      onError: (_context, _id, _payload, errors) => errors.map((error) => parts.present(error.toJSON(), error)),
    },
    sockets,
  )
  parts.server.on('upgrade', (request, socket, head) => {
    if (new URL(request.url ?? '/', 'http://subgraph').pathname !== '/graphql') socket.destroy()
    else sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
  })
  return { close: async () => void (await closing.dispose()) }
}

type Stream = AsyncGenerator<ExecutionResult>

function isStream(result: unknown): result is Stream {
  return typeof result === 'object' && result !== null && Symbol.asyncIterator in result
}

/**
 * A stream that ends at once when its client is gone. By itself a generator that waits for its next event
 * hears of `return()` only after that event, which may never come.
 */
function endingWith<Client>(stream: Stream, { end }: RequestContext<Client>): Stream {
  const ending: Stream = {
    next: () => stream.next(),
    throw: (error) => stream.throw(error),
    return: (value) => {
      end()
      return stream.return(value)
    },
    [Symbol.asyncIterator]: () => ending,
    [Symbol.asyncDispose]: async () => {
      await ending.return(undefined)
    },
  }
  return ending
}

function asHeaders(parameters: Record<string, unknown> | undefined): Record<string, string> {
  const texts = Object.entries(parameters ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(texts.map(([name, value]) => [name.toLowerCase(), value]))
}
