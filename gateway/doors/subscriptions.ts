import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { continueTrace, type Log, requestIdOf, traceparentOf, withContext } from '@steinmetz/kernel/telemetry'
import { type ExecutionArgs, type FormattedExecutionResult, GraphQLError, GraphQLSchema } from 'graphql'
import {
  type Context,
  GRAPHQL_TRANSPORT_WS_PROTOCOL,
  handleProtocols,
  makeServer,
  type OperationResult,
  type SubscribePayload,
} from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Graph, GraphQLRequest, RequestContext } from '../graph.ts'
import type { Caller } from '../guards/authentication.ts'
import { Denied } from '../guards/denied.ts'
import { headersForSubgraphs } from '../guards/passedHeaders.ts'
import type { DoorGuards } from '../guards/setUp.ts'
import { graphqlRequest } from './parameters.ts'

export type SubscriptionDoorOptions = {
  graph: Graph
  guards: Pick<
    DoorGuards,
    'authenticate' | 'authorizationFor' | 'addressOf' | 'documents' | 'forwardHeaders' | 'countDenied'
  >
  limits: { maxBodyBytes: number; maxSubscriptions: number }
  now: () => Date
  log: Log
}

export type SubscriptionDoor = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Tells every client to go (1001), waits for the sockets to close, and cuts what is left after `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>
}

type Connection = {
  socket: WebSocket
  request: IncomingMessage
  /** Who connected; known once connection_init has been accepted. */
  caller?: Caller
}
type Asked = { request: GraphQLRequest; context: RequestContext }

/** The close codes of graphql-transport-ws and RFC 6455 that we use. A client may try again after any but 4500. */
const closeCodes = { goingAway: 1001, tryAgainLater: 1013, forbidden: 4403, internal: 4500 } as const
const pingEveryMs = 12_000
const longestTimerMs = 2_147_483_647
/** graphql-ws wants a schema beside every document; ours lives behind the graph, which validates by itself. */
const noSchema = new GraphQLSchema({})

/**
 * Answers operations over WebSockets (graphql-transport-ws). The token comes in connection_init as
 * `{ authorization: "Bearer …" }`, or in the header of the upgrade; a connection without a valid one is closed with
 * 4403, and so is every connection when its token expires. The client reconnects with a new token and its cursor.
 */
export function createSubscriptionDoor(options: SubscriptionDoorOptions): SubscriptionDoor {
  const { limits, log } = options
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.maxBodyBytes, handleProtocols })
  const server = makeServer<Record<string, unknown>, Connection>({
    onConnect: (connection) => connected(connection, options),
    onSubscribe: (connection, _id, payload) => subscribed(connection, payload, options),
    subscribe: (args) => {
      const { request, context } = args.contextValue as Asked
      // Events come presented as they go over the wire; see onNext.
      return withContext(context, () => options.graph.subscribe(request, context)) as OperationResult
    },
    execute: async (args) => {
      const { request, context } = args.contextValue as Asked
      const answer = await withContext(context, () => options.graph.execute(request, context))
      return JSON.parse(answer.body)
    },
    onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
  })

  sockets.on('connection', (socket, request) => {
    const stopPinging = pinged(socket)
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (message) => sent(socket, message),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (answer) => {
          socket.on('message', (message) => {
            answer(String(message)).catch((error) => {
              log.error({ err: error }, 'a message of a WebSocket failed unexpectedly')
              socket.close(closeCodes.internal, 'Something went wrong on our side')
            })
          })
        },
      },
      { socket, request },
    )
    socket.once('error', (error) => log.debug({ err: error }, 'a WebSocket failed'))
    socket.once('close', (code, reason) => {
      stopPinging()
      closed(code, String(reason)).catch((error) => log.error({ err: error }, 'a WebSocket did not close cleanly'))
    })
  })

  return {
    upgrade(request, socket, head) {
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request))
    },
    async stop(timeoutMs) {
      const all = [...sockets.clients]
      const gone = Promise.all(
        all.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
      )
      for (const socket of all) socket.close(closeCodes.goingAway, 'Going away')
      const cut = setTimeout(() => {
        for (const socket of all) socket.terminate()
      }, timeoutMs)
      await gone
      clearTimeout(cut)
      await new Promise<void>((resolve) => sockets.close(() => resolve()))
    },
  }
}

async function connected(
  { connectionParams = {}, extra }: Context<Record<string, unknown>, Connection>,
  { guards, now, log }: SubscriptionDoorOptions,
): Promise<boolean> {
  const { request, socket } = extra
  const told = connectionParams.authorization ?? connectionParams.Authorization
  const headers = typeof told === 'string' ? { ...request.headers, authorization: told } : request.headers
  try {
    const caller = await guards.authenticate(request, headers)
    extra.caller = caller
    const leftMs = caller.expiresAt.getTime() - now().getTime()
    const close = () => socket.close(closeCodes.forbidden, 'The token has expired')
    const expiry = setTimeout(close, Math.min(Math.max(leftMs, 0), longestTimerMs))
    socket.once('close', () => clearTimeout(expiry))
    return true
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    log.debug({ reason: error.reason }, 'a connection was denied')
    const code = error.status === 401 ? closeCodes.forbidden : closeCodes.tryAgainLater
    socket.close(code, error.message.slice(0, 120))
    return false
  }
}

async function subscribed(
  { subscriptions, connectionParams = {}, extra }: Context<Record<string, unknown>, Connection>,
  payload: SubscribePayload,
  { guards, limits }: SubscriptionDoorOptions,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { caller, request: upgrade } = extra
  if (!caller) throw new Error('an operation before connection_init was accepted')
  const address = guards.addressOf(upgrade)
  try {
    if (Object.keys(subscriptions).length > limits.maxSubscriptions) {
      const message = `A connection may hold ${limits.maxSubscriptions} operations`
      throw new Denied(429, 'BAD_USER_INPUT', 'TOO_MANY_SUBSCRIPTIONS', message)
    }
    const request = graphqlRequest(payload, guards.documents)
    const context = contextOf(caller, connectionParams, {
      address,
      headers: headersForSubgraphs(upgrade.headers, guards.forwardHeaders),
      authorization: () => guards.authorizationFor(caller),
    })
    const { document, variables, operationName } = request
    const contextValue: Asked = { request, context }
    return {
      schema: noSchema,
      document,
      contextValue,
      ...(variables && { variableValues: variables }),
      ...(operationName && { operationName }),
    }
  } catch (error) {
    if (!(error instanceof Denied)) throw error
    const denied = await guards.countDenied({ caller, address }).then(
      () => error,
      (instead: unknown) => (instead instanceof Denied ? instead : error),
    )
    return denied.result.errors.map(({ message, extensions }) => new GraphQLError(message, { extensions }))
  }
}

function contextOf(
  caller: Caller,
  params: Readonly<Record<string, unknown>>,
  sending: Pick<RequestContext, 'address' | 'headers' | 'authorization'>,
): RequestContext & { traceId: string; tenantId: string; actor: string } {
  const { traceparent } = params
  const trace = continueTrace(typeof traceparent === 'string' ? traceparent : undefined)
  return {
    requestId: requestIdOf(undefined),
    traceparent: traceparentOf(trace),
    traceId: trace.traceId,
    tenantId: caller.tenantId,
    actor: caller.person,
    accept: 'application/json',
    caller,
    ...sending,
    // Each call to a subgraph has its own timeout; a subscription as a whole ends with its connection.
    signal: new AbortController().signal,
  }
}

function sent(socket: WebSocket, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.readyState !== socket.OPEN) return resolve()
    socket.send(message, (error) => (error ? reject(error) : resolve()))
  })
}

/** Pings a client and cuts the connection when the last ping has found no answer: it is gone without a word. */
function pinged(socket: WebSocket): () => void {
  let answered = true
  socket.on('pong', () => {
    answered = true
  })
  const timer = setInterval(() => {
    if (!answered) return socket.terminate()
    answered = false
    socket.ping()
  }, pingEveryMs)
  return () => clearInterval(timer)
}

/** Whether an upgrade asks for our protocol; anything else is refused before it becomes a connection. */
export function asksForOurProtocol(request: IncomingMessage): boolean {
  const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  return request.headers.upgrade?.toLowerCase() === 'websocket' && protocols.includes(GRAPHQL_TRANSPORT_WS_PROTOCOL)
}
