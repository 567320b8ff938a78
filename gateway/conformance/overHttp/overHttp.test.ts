import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Running } from '@steinmetz/kernel/config'
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startOpen } from '../../engine/open.ts'
import { federate } from '../federation.ts'

let open: Running
let folder: string
const at = { url: '' }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steinmetz-open-'))
  const file = join(folder, 'supergraph.graphql')
  const { supergraphSdl } = federate({ a: { typeDefs: 'type Query { one: Int }', resolvers: {} } })
  await writeFile(file, supergraphSdl)
  open = await startOpen(['--open', '--supergraph', file, '--port', '0'], { NODE_ENV: 'test' })
  at.url = `${open.url}/graphql`
})

afterAll(async () => {
  await open.stop()
  await rm(folder, { recursive: true })
})

describe('GraphQL over HTTP', () => {
  for (const audit of serverAudits({ url: () => at.url, fetchFn: fetch })) {
    test(audit.name, async () => {
      const result = await audit.fn()
      expect(result.status === 'ok' ? undefined : result.reason).toBe(undefined)
    })
  }
})

test('is ready once it listens', async () => {
  expect((await fetch(`${open.url}/readyz`)).status).toBe(200)
})

test('is refused in production', async () => {
  const refused = startOpen(['--open', '--supergraph', 'any'], { NODE_ENV: 'production' })
  await expect(refused).rejects.toThrow('refused under NODE_ENV=production')
})

test('a syntax error answers 400 in the newer type and does not echo the document', async () => {
  const answer = await fetch(at.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify({ query: '{ secretWord( }' }),
  })
  expect(answer.status).toBe(400)
  expect(await answer.text()).not.toContain('secretWord')
})
