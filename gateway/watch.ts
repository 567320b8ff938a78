import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '@steinmetz/kernel/telemetry'
import { CompositionFailed, composeSubgraphs, readSubgraphs } from './compose.ts'
import { SupergraphRefused } from './supergraph.ts'

/** Editors write a file in several steps; what follows within this time is one change. */
const settleMs = 100

/**
 * Watches a folder of subgraphs and composes them anew when a `<name>/schema.graphql` changes or a subgraph comes or
 * goes. A composition that fails changes nothing: its reasons are logged and what serves keeps serving.
 */
export function watchSubgraphs(folder: string, swap: (sdl: string) => Promise<boolean>, log: Log): { stop(): void } {
  const watchers = new Map<string, FSWatcher>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  const follow = async () => {
    const entries = await readdir(folder, { withFileTypes: true })
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      if (stopped || watchers.has(name)) continue
      const watcher = watch(join(folder, name), (_event, file) => file === 'schema.graphql' && changed())
      watchers.set(name, watcher)
      watcher.on('error', () => {
        watcher.close()
        watchers.delete(name)
      })
    }
  }
  const recompose = async () => {
    try {
      await follow()
      const subgraphs = await readSubgraphs(folder)
      const swapped = await swap(composeSubgraphs(subgraphs))
      if (swapped) log.info({ subgraphs: subgraphs.map(({ name }) => name) }, 'recomposed the supergraph')
    } catch (error) {
      const told = error instanceof CompositionFailed || error instanceof SupergraphRefused
      log.error(
        { err: error, ...(told && { reasons: error.reasons }) },
        'kept the supergraph: the changed subgraphs do not compose',
      )
    }
  }
  const changed = () => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(recompose, settleMs)
  }

  const root = watch(folder, changed)
  root.on('error', (error) => log.error({ err: error, folder }, 'the subgraphs are no longer watched'))
  // What was changed while nobody watched counts as a change.
  changed()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
      root.close()
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}
