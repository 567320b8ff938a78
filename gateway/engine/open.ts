import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { inspect, parseArgs } from 'node:util'
import { ConfigError, type Environment, type Running } from '@steinmetz/kernel/config'
import { createEngine, type Engine, openPlannerHere } from './engine.ts'
import { acceptedType, BadRequest, readParameters, sendErrors, sendText, statusOf } from './overHttp.ts'

const maxBodyBytes = 4 * 2 ** 20

/**
 * Serves any Federation 2 supergraph on loopback, at `/graphql`, with no guard and nothing else running: for trials,
 * comparison and tests. `/readyz` answers 200 from the first request on, since nothing listens before the supergraph
 * is loaded. Refused under NODE_ENV=production.
 */
export async function startOpen(args: readonly string[], env: Environment): Promise<Running> {
  const { supergraph, port } = readArguments(args, env)
  const engine = createEngine<undefined>({
    planner: openPlannerHere(await readFile(supergraph, 'utf8')),
    // Nobody is known here: each request is on its own.
    overrides: { on: [], draw: () => Math.random() * 100 },
  })
  const server = createServer((request, response) => {
    answer(engine, request, response).catch((error) => {
      if (!(error instanceof BadRequest)) process.stderr.write(`${inspect(error)}\n`)
      const failure = error instanceof BadRequest ? error : new BadRequest(500, 'something went wrong on our side')
      sendErrors(response, failure, acceptedType(request.headers.accept) ?? 'application/json')
    })
  })
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${bound}`,
    async stop() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
      await engine.stop()
    },
  }
}

function readArguments(args: readonly string[], env: Environment): { supergraph: string; port: number } {
  if (env.NODE_ENV === 'production') throw new ConfigError(['--open is refused under NODE_ENV=production'])
  const { values } = parseArgs({
    args: [...args],
    options: {
      open: { type: 'boolean' },
      supergraph: { type: 'string' },
      port: { type: 'string' },
      workers: { type: 'string' },
    },
  })
  const port = Number(values.port ?? 4000)
  const mistakes = [
    ...(values.supergraph ? [] : ['--supergraph must name a file']),
    ...(Number.isInteger(port) && port >= 0 && port < 65_536 ? [] : ['--port must be from 0 to 65535']),
  ]
  if (mistakes.length > 0 || !values.supergraph) throw new ConfigError(mistakes)
  return { supergraph: values.supergraph, port }
}

async function answer(engine: Engine<undefined>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  if (path === '/readyz' || path === '/livez') return sendText(response, 200, 'text/plain', 'ok\n')
  if (path !== '/graphql') return sendText(response, 404, 'text/plain', 'not found\n')

  const type = acceptedType(request.headers.accept)
  if (!type) throw new BadRequest(406, 'ask for application/graphql-response+json or application/json')
  const asked = await readParameters(request, mark < 0 ? '' : url.slice(mark), maxBodyBytes)
  if (request.method === 'GET') {
    const { operation } = await engine.prepare(asked)
    if (operation && operation.kind !== 'query') throw new BadRequest(405, 'a GET only queries', { allow: 'POST' })
  }
  const reply = await engine.execute({ ...asked, context: undefined })
  sendText(response, statusOf(reply.refused, type), type, reply.body)
}
