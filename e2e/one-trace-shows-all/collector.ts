import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'

/** A span as it arrived: whose it is, what it is called, and which one it belongs to. */
export type Span = {
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly attributes: readonly { key: string; value: unknown }[]
}

const attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })).default([])
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              attributes,
            }),
          ),
        }),
      ),
    }),
  ),
})

/** A collector of spans as far as a test needs one: OTLP over HTTP in JSON. */
export async function startCollector() {
  const spans: Span[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    for (const { resource, scopeSpans } of exported.parse(JSON.parse(Buffer.concat(chunks).toString())).resourceSpans) {
      const named = resource.attributes.find(({ key }) => key === 'service.name')
      const service = String(named?.value.stringValue)
      for (const span of scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ service, ...span, parentSpanId: span.parentSpanId })
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, spans, stop: () => void server.close() }
}
