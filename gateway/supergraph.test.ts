import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createLog } from '@steinmetz/kernel/telemetry'
import { Agent } from 'undici'
import { expect, it } from 'vitest'
import { createApolloGraph } from './apollo/apolloGraph.ts'

it('that is checked in can be loaded and planned on', async () => {
  const sdl = await readFile(join(import.meta.dirname, 'supergraph.graphql'), 'utf8')
  const log = createLog({ service: 'gateway', level: 'silent' })
  const transport = { dispatcher: new Agent(), timeoutMs: 1_000, log }
  const graph = await createApolloGraph(sdl, { subgraphUrls: {}, transport, production: true })
  await graph.stop()
})
