import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@steinmetz/kernel/telemetry'
import type { Config } from './config.ts'
import type { SupergraphSource } from './supergraph.ts'
import { watchSubgraphs } from './watch.ts'

const composed = join(import.meta.dirname, 'supergraph.graphql')

/**
 * Opens the source that is configured: the file SUPERGRAPH names, else the contracts that are watched in development,
 * else Apollo Uplink, else what is checked in. The log says which. Throws the Fault UPLINK_UNREACHABLE.
 */
export async function openSupergraphSource(config: Config, log: Log, now: () => Date): Promise<SupergraphSource> {
  const { SUPERGRAPH: file, WATCH_SUBGRAPHS: folder, apollo } = config
  if (apollo && !file && !folder) {
    // Loaded here alone: most gateways do without.
    const { openUplink } = await import('./studio/uplink.ts')
    const { key, graphRef, uplinkEndpoints: endpoints } = apollo
    const source = await openUplink({ key, graphRef, endpoints, keptIn: config.SUPERGRAPH_CACHE, log, now })
    log.info({ graphRef }, 'the supergraph comes from Apollo Uplink')
    return source
  }
  const said = { supergraph: file ?? composed, ...(folder && { watched: folder }) }
  if (apollo) log.info(said, 'the supergraph comes from a file, not from Apollo Uplink')
  let watching: { stop(): void } | undefined
  return {
    sdl: await readFile(file ?? composed, 'utf8'),
    checks: [],
    follow(swap) {
      if (folder) watching = watchSubgraphs(folder, swap, log)
    },
    async stop() {
      watching?.stop()
    },
  }
}
