import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import pg from 'pg'

// The other side of every step, the same for both engines: each mutation is one committed row, once for a key.

const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: 32, idleTimeoutMillis: 0 })
const effect = {
  name: 'effect',
  text: 'insert into effect (key, mutation, about) values ($1, $2, $3) on conflict (key) do nothing',
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
  const mutation = /^mutation (\w+)/.exec(query)?.[1] ?? ''
  const { idempotencyKey, input } = variables
  await pool.query({ ...effect, values: [idempotencyKey, mutation, input.transferId] })
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ data: { [mutation]: { __typename: 'Payload', id: idempotencyKey } } }))
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
