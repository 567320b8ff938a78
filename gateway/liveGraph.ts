import type { Graph } from './graph.ts'

/** A graph whose supergraph can be exchanged while it serves. */
export type LiveGraph = Graph & {
  /**
   * Builds a graph from another supergraph beside the running one, then swaps. Requests in flight end on the one
   * they began on. Answers whether there was anything to swap. Throws when the supergraph is broken; the running one
   * then keeps serving.
   */
  swap(sdl: string): Promise<boolean>
}

/** Serves the supergraph `sdl` until another is swapped in. Throws when `sdl` itself cannot be loaded. */
export async function createLiveGraph(
  load: (sdl: string, previous?: Graph) => Promise<Graph>,
  sdl: string,
): Promise<LiveGraph> {
  let current = { sdl, graph: await load(sdl) }
  let last: Promise<unknown> = Promise.resolve()

  const exchange = async (next: string) => {
    if (next === current.sdl) return false
    const graph = await load(next, current.graph)
    const previous = current.graph
    current = { sdl: next, graph }
    await previous.stop()
    return true
  }

  return {
    execute: (request, context) => current.graph.execute(request, context),
    subscribe: (request, context) => current.graph.subscribe(request, context),
    swap(next) {
      // One after the other: the last one asked for must be the one that stays.
      const swapped = last.then(() => exchange(next))
      last = swapped.catch(() => {})
      return swapped
    },
    async stop() {
      await last
      await current.graph.stop()
    },
  }
}
