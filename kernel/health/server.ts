import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Running } from '../config/index.ts'
import { fault } from '../errors/index.ts'
import { type HealthOptions, healthHandler } from './handler.ts'

/** Serves the probes alone, for a process that answers nothing else. Throws the Fault PORT_UNAVAILABLE. */
export async function startHealthServer(at: { host: string; port: number }, options: HealthOptions): Promise<Running> {
  const handle = healthHandler(options)
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(fault('PORT_UNAVAILABLE', `${options.service} cannot listen on ${at.host}:${at.port}`, { cause })),
    )
    server.listen(at.port, at.host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${at.host}:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      }),
  }
}
