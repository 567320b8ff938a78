import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { type GraphQLSchema, graphql, parse } from 'graphql'
import { shop } from './shop.ts'

/**
 * Serves the shop's four subgraphs from memory, in a process of their own, at `/<name>`. An answer is computed once
 * and kept by the text of its request: what is measured is the gateway in front, not this.
 */
async function main(): Promise<void> {
  const schemas = new Map<string, GraphQLSchema>(
    Object.entries(shop).map(([name, { typeDefs, resolvers }]) => [
      name,
      buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolvers as never }]),
    ]),
  )
  const answers = new Map<string, Buffer>()
  const answer = async (name: string, body: string): Promise<Buffer> => {
    const known = answers.get(name + body)
    if (known) return known
    const schema = schemas.get(name)
    if (!schema) throw new Error(`there is no subgraph ${name}`)
    const { query, variables, operationName } = JSON.parse(body)
    const result = await graphql({ schema, source: query, variableValues: variables, operationName })
    const text = Buffer.from(JSON.stringify(result))
    answers.set(name + body, text)
    return text
  }
  const server = createServer(async (request, response) => {
    const text = await answer(request.url?.slice(1) ?? '', await bodyOf(request))
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length }).end(text)
  })
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
  })
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return String(Buffer.concat(chunks))
}

await main()
